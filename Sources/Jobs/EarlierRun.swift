/// What the folder of a run still knows of the run before.
struct EarlierRun: Sendable {
  /// Report and sheets that lie there.
  let shown: RunRecord.Shown
  /// What its files call targets and layers.
  let places: [MapPlace]
  /// What it kept.
  let keeps: Keeps
  /// How far it got; nil where `run.json` is missing, damaged, or somebody else's.
  let status: RunRecord.Status?

  /// Reads `run.json`; where it is missing, damaged or of another program, nothing is known.
  init(_ folder: OutputFolder) {
    let bytes = try? Files.contents(of: folder.runPath, limit: 1 << 26)
    let record = bytes.flatMap { JSONValue(parsing: $0) }.flatMap { $0.isRunRecord ? $0 : nil }
    status = record?["status"]?.string.flatMap { RunRecord.Status(rawValue: $0) }
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
  ///
  /// Images that failed before are tried, and tried again by the run: one that is mended makes all
  /// others be drawn anew, one that is not does not.
  init(_ job: Job) async throws(Failure) {
    guard job.folder.mode == .resume else { return }
    lines = try job.folder.finished(job.mapKeys)
    guard job.needsWorkingMaps else { return }
    let faded = job.inputs.filter { input in
      lines[input.name].map { !$0.allSatisfy(job.canDraw) } ?? false
    }
    guard !faded.isEmpty else { return }
    let areThere = job.summaryPaths.allSatisfy { path in
      Files.kind(of: job.folder.file(path)) == .file
    }
    if areThere, try await job.failAgain(job.inputs.filter { lines[$0.name] == nil }) {
      isShown = true
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

  /// Whether images come to nothing more than what `results.jsonl` says of them already.
  fileprivate func failAgain(_ inputs: [Input]) async throws(Failure) -> Bool {
    guard !inputs.isEmpty else { return true }
    var known: [String: [JSONValue]] = [:]
    for line in try folder.recordLines() {
      guard let record = JSONValue(parsing: line), let name = record["image"]?.string else {
        continue
      }
      known[name, default: []].append(record.timeless)
    }
    guard inputs.allSatisfy({ known[$0.name] != nil }) else { return false }
    let (reader, explainer) = (InputReader(self), BatchExplainer(self))
    for start in stride(from: 0, to: inputs.count, by: batchSize) {
      let batch = Array(inputs[start..<min(start + batchSize, inputs.count)])
      let explanation = await explainer.outcomes(of: reader.read(batch), atMost: batchSize)
      if let failure = explanation.failure { throw failure }
      for outcome in explanation.outcomes {
        let lines = outcome.lines.compactMap { JSONValue(parsing: $0.utf8)?.timeless }
        guard outcome.failure != nil, lines == known[outcome.input.name] else { return false }
      }
    }
    return true
  }

  /// Whether report and sheet can show the map of a line: from its map or its overlay.
  fileprivate func canDraw(_ line: ArraySlice<UInt8>) -> Bool {
    guard let record = JSONValue(parsing: line) else { return false }
    guard record["overlay"]?.string == nil, let path = workingPath(of: record) else { return true }
    return Files.kind(of: folder.file(path)) == .file
  }
}

extension JSONValue {
  /// Whether this is a `run.json` of this program, whatever its version.
  fileprivate var isRunRecord: Bool {
    self["schema"]?.integer != nil && self["version"]?.string != nil
      && self["command"]?.array != nil && self["flags"] != nil && self["totals"] != nil
      && self["status"]?.string.flatMap { RunRecord.Status(rawValue: $0) } != nil
  }

  /// A record without the time that it took.
  fileprivate var timeless: JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != "milliseconds" })
  }
}
