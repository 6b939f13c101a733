/// What the folder of a run still knows of the run before.
struct EarlierRun: Sendable {
  /// Report and sheets that lie there.
  let shown: RunRecord.Shown
  /// What its files call targets and layers.
  let places: [MapPlace]
  /// What it kept.
  let keeps: Keeps

  /// Reads `run.json`; where it is missing or damaged, nothing is known.
  init(_ folder: OutputFolder) {
    let bytes = try? Files.contents(of: folder.runPath, limit: 1 << 26)
    let record = bytes.flatMap { JSONValue(parsing: $0) }
    shown = RunRecord.Shown(record?["shown"])
    places = (record?["places"]?.array ?? []).compactMap { MapPlace($0) }
    let words = record?["flags"]?["save"]?.array ?? []
    keeps = Keeps(Set(words.compactMap { $0.string.flatMap(Keeps.Kind.init(rawValue:)) }))
  }
}

/// What `--resume` need not do again.
struct FinishedImages: Sendable {
  /// The lines of each image of which everything is there.
  private(set) var lines: [String: [ArraySlice<UInt8>]] = [:]
  /// Whether report and sheet show all of it already, and can no longer be drawn.
  private(set) var isShown = false

  /// Looks at what lies in the folder of a job.
  init(_ job: Job) throws(Failure) {
    guard job.folder.mode == .resume else { return }
    lines = try job.folder.finished(job.mapKeys)
    guard job.needsWorkingMaps else { return }
    let faded = job.inputs.filter { input in
      lines[input.name].map { !$0.allSatisfy(job.canDraw) } ?? false
    }
    let isWhole =
      job.inputs.allSatisfy { lines[$0.name] != nil }
      && job.summaryPaths.allSatisfy { path in
        Files.kind(of: job.folder.file(path)) == .file
      }
    if isWhole {
      isShown = !faded.isEmpty
    } else {
      // Report and sheet are drawn anew, and of these nothing is left to draw.
      for input in faded { lines[input.name] = nil }
    }
  }
}

extension Job {
  /// The first pages of report and sheets.
  fileprivate var summaryPaths: [String] {
    (keeps.contains(.report) ? ["report.html"] : []) + (keeps.contains(.sheet) ? ["sheet.png"] : [])
  }

  /// Whether report and sheet can show the map of a line: from its map or its overlay.
  fileprivate func canDraw(_ line: ArraySlice<UInt8>) -> Bool {
    guard let record = JSONValue(parsing: line) else { return false }
    guard record["overlay"]?.string == nil, let path = workingPath(of: record) else { return true }
    return Files.kind(of: folder.file(path)) == .file
  }
}
