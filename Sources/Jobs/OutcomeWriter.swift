import Tensors

/// Writes the maps of a batch, several at a time.
struct OutcomeWriter: Sendable {
  /// What is on the disk.
  struct Written: Sendable {
    /// The images in order; those behind the first that could not be written are left out.
    var outcomes: [Outcome] = []
    var byteCount = 0
    /// Why the run cannot go on.
    var failure: Failure?
  }

  private let folder: OutputFolder
  private let threads: Int

  init(_ job: Job) {
    folder = job.folder
    threads = job.threads
  }

  func write(_ outcomes: [Outcome]) async -> Written {
    let results = await concurrentMap(outcomes, threads: threads) { outcome in
      Result { () throws(Failure) in try write(outcome) }
    }
    var written = Written()
    for (outcome, result) in zip(outcomes, results) {
      switch result {
      case .success(let byteCount):
        written.byteCount += byteCount
        written.outcomes.append(outcome)
      case .failure(let failure):
        written.failure = failure
        return written
      }
    }
    return written
  }

  private func write(_ outcome: Outcome) throws(Failure) -> Int {
    guard case .success(let maps) = outcome.result else { return 0 }
    var byteCount = 0
    for map in maps {
      let path = map.record.mapPath
      for (tensor, name) in [(map.map, path), (map.raw, Self.rawPath(path))] {
        guard let tensor else { continue }
        let bytes = NPYFile.bytes(of: tensor)
        try WholeFile.write(bytes, to: folder.file(name))
        byteCount += bytes.count
      }
    }
    return byteCount
  }

  private static func rawPath(_ path: String) -> String { "\(path.dropLast(4)).raw.npy" }
}
