import Imaging
import Tensors

/// Writes the maps and pictures of a batch, several at a time.
struct OutcomeWriter: Sendable {
  /// What is on the disk.
  struct Written: Sendable {
    /// The images in order; those behind the first that could not be written are left out.
    var outcomes: [Outcome] = []
    var byteCount = 0
    /// Why the run cannot go on.
    var failure: Failure?
  }

  private let job: Job

  init(_ job: Job) {
    self.job = job
  }

  func write(_ outcomes: [Outcome]) async -> Written {
    let results = await concurrentMap(outcomes, threads: job.threads, cost: cost) { outcome in
      Result { () throws(WritingError) in try write(outcome) }
    }
    var written = Written()
    for (outcome, result) in zip(outcomes, results) {
      switch result {
      case .success(let byteCount):
        written.byteCount += byteCount
        written.outcomes.append(outcome)
      case .failure(let error) where error.reason.concernsWholeDisk:
        written.failure = error.reason.writing(error.path)
        return written
      case .failure(let error):
        // A name that is too long, or a folder in its place: the other images can be written.
        let failure = error.reason.writing(error.path)
        written.outcomes.append(Outcome(input: outcome.input, failure: failure))
      }
    }
    return written
  }

  /// The pixels of a picture that is read once more for its overlays.
  private func cost(of outcome: Outcome) -> Int {
    needsView(outcome) && outcome.image?.view == nil ? outcome.input.pixelCount : 0
  }

  private func needsView(_ outcome: Outcome) -> Bool {
    outcome.maps.contains { $0.record.overlayPath != nil }
  }

  private struct WritingError: Error {
    let path: String
    let reason: SystemError
  }

  private func write(_ outcome: Outcome) throws(WritingError) -> Int {
    var byteCount = 0
    let view = view(of: outcome)
    for map in outcome.maps {
      let record = map.record
      for (tensor, path) in [
        (map.map, record.mapPath), (map.raw, record.rawPath), (map.working, record.workingPath),
      ] {
        guard let tensor, let path else { continue }
        byteCount += try place(NPYFile.bytes(of: tensor), at: path)
      }
      guard let tensor = map.map, let image = outcome.image else { continue }
      if let path = record.overlayPath, let view {
        let overlay = job.drawing.overlay(
          map.working ?? tensor, of: record.method.explainer, on: view)
        let format: PictureFormat = record.image.isJPEG ? .jpeg : .png
        byteCount += try place(encoded(overlay, as: format, for: path), at: path)
      }
      if let path = record.blendPath,
        let blend = job.preparation.blend(tensor, with: image.tensor)
      {
        byteCount += try place(encoded(blend, as: .png, for: path), at: path)
      }
    }
    return byteCount
  }

  /// What overlays are drawn on: kept since the image was read, or read once more.
  private func view(of outcome: Outcome) -> PictureView? {
    guard needsView(outcome) else { return nil }
    return outcome.image?.view ?? (try? job.view(of: outcome.input, sideMaximum: Int.max)) ?? nil
  }

  private func place(_ bytes: [UInt8], at name: String) throws(WritingError) -> Int {
    let path = job.folder.file(name)
    do throws(SystemError) {
      try WholeFile.place(bytes, at: path)
    } catch {
      throw WritingError(path: path, reason: error)
    }
    return bytes.count
  }

  private func encoded(
    _ picture: Picture, as format: PictureFormat, for name: String
  ) throws(WritingError) -> [UInt8] {
    do throws(ImagingError) {
      return try picture.encoded(as: format)
    } catch {
      throw WritingError(path: job.folder.file(name), reason: .outOfMemory)
    }
  }
}
