extension Job {
  /// Tells of the images that an earlier run had finished, by the number of their lines, which stand
  /// together in the order of the inputs.
  func reportKept(
    _ finished: [String: Int], _ report: (EvaluationEvent) -> Void
  ) throws(Failure) {
    var kept = inputs.filter { finished[$0.name] != nil }[...]
    var lines: [String] = []
    try folder.forEachLine { line, _ in
      lines.append(String(decoding: line, as: UTF8.self))
      guard let input = kept.first, lines.count == finished[input.name] else { return true }
      report(.kept(input, lines: lines))
      kept.removeFirst()
      lines = []
      return true
    }
  }
}

extension EvaluationJob {
  /// How many images a run has to measure: all, without those that one before it has finished where it
  /// goes on.
  /// - Throws: `Failure` where the records cannot be read.
  public func pendingCount() throws(Failure) -> Int {
    try job.inputs.count - finished().count
  }

  /// What `--resume` need not do again: for each image its lines, where none of them is missing.
  func finished() throws(Failure) -> [String: [OutputFolder.LinePlace]] {
    guard job.folder.mode == .resume else { return [:] }
    var expected: [String: Set<MeasurementKey>] = [:]
    for input in job.inputs {
      let (keys, areAll) = keys(of: input)
      if areAll { expected[input.name] = Set(keys) }
    }
    var lines: [String: [OutputFolder.LinePlace]] = [:]
    var found: [String: Set<MeasurementKey>] = [:]
    try job.folder.forEachLine { line, place in
      guard let record = JSONValue(parsing: line), let image = record["image"]?.string,
        record["failed"] != .bool(true), let key = MeasurementKey(record),
        expected[image]?.contains(key) ?? false,
        found[image, default: []].insert(key).inserted
      else { return true }
      lines[image, default: []].append(place)
      return true
    }
    return lines.filter { $0.value.count == expected[$0.key]?.count }
  }
}
