import Imaging
import Jobs

/// Makes `report.html` and `sheet.png` of a run from what lies in its folder.
///
/// Nothing is kept in memory from image to image: records are read from `results.jsonl`, pictures
/// and maps from their files, a page at a time. So a run that went on shows everything.
public struct RunSummary: Sendable {
  /// What a run was, in lines for the head of its report.
  public struct Fact: Sendable, Hashable {
    let name: String
    let value: String

    /// A fact.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  let job: Job
  let facts: [Fact]
  let inputs: [String: Input]

  /// A summary of a run.
  /// - Parameters:
  ///   - job: the run.
  ///   - facts: what the head of the report says of it.
  public init(of job: Job, facts: [Fact]) {
    self.job = job
    self.facts = facts
    inputs = Dictionary(job.inputs.map { ($0.name, $0) }) { first, _ in first }
  }

  /// The most pages and sheets that the images of the run can fill.
  public var shownMaximum: RunRecord.Shown {
    let pages = ReportPages.countMaximum(images: job.inputs.count, mapsPerImage: job.mapsPerInput)
    let sheets = ContactSheets(self).countMaximum(images: job.inputs.count)
    return RunRecord.Shown(
      pages: job.keeps.contains(.report) ? pages : 0,
      sheets: job.keeps.contains(.sheet) ? sheets : 0)
  }

  /// Writes what the run keeps of the two; pages of an earlier report disappear.
  /// - Returns: what lies there now.
  /// - Throws: `Failure` where a file cannot be written.
  public func write(_ record: RunRecord) async throws(Failure) -> Job.Closing {
    let images = ReportImage.images(in: try job.folder.recordLines())
    let sheets = ContactSheets(self)
    let shown = RunRecord.Shown(
      pages: job.keeps.contains(.report) ? ReportPages.pages(images).count : 0,
      sheets: job.keeps.contains(.sheet) ? sheets.count(images) : 0)
    // A run that is killed here has said which files are its own.
    var announced = record
    announced.shown = record.shown.union(shown)
    try WholeFile.write(announced.json.indented(), to: job.folder.runPath)
    var byteCount = 0
    if job.keeps.contains(.sheet) { byteCount += try await sheets.write(images) }
    if job.keeps.contains(.report) {
      byteCount += try await ReportPages(self, record).write(images)
    }
    job.folder.remove(record.shown, except: shown)
    return Job.Closing(byteCount: byteCount, shown: shown)
  }

  /// The pixels of the picture of an image.
  func pixelCount(_ image: ReportImage.Lines) -> Int { inputs[image.name]?.pixelCount ?? 0 }

  /// A picture with its maps, none larger than so many pixels a side.
  func thumbnails(_ image: ReportImage, side: Int) -> Thumbnails {
    var view: PictureView?
    var reason: String?
    if let input = inputs[image.name] {
      do throws(Failure) {
        view = try job.view(of: input, sideMaximum: side)
        if view == nil { reason = "its channels are no picture" }
      } catch {
        reason = error.what
      }
    } else {
      reason = "not among the inputs of the last run"
    }
    let overlays = image.records.map { overlay($0, on: view, side: side) }
    return Thumbnails(picture: view?.picture, reason: reason, overlays: overlays)
  }

  /// Drawn from what the overlay was drawn from; where that is not kept, the overlay itself.
  private func overlay(_ record: JSONValue, on view: PictureView?, side: Int) -> Picture? {
    if let view, let picture = job.drawn(record, on: view) { return picture }
    guard let path = record["overlay"]?.string else { return nil }
    return job.picture(at: path, sideMaximum: side)
  }
}

/// What is shown of one image.
struct Thumbnails: Sendable {
  /// The picture; nil where it cannot be shown.
  let picture: Picture?
  /// Why it cannot be shown.
  let reason: String?
  /// The picture under each map, in the order of the records.
  let overlays: [Picture?]
}
