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
        written.outcomes.append(Outcome(input: outcome.input, result: .failure(failure)))
      }
    }
    return written
  }

  private struct WritingError: Error {
    let path: String
    let reason: SystemError
  }

  private func write(_ outcome: Outcome) throws(WritingError) -> Int {
    guard case .success(let maps) = outcome.result else { return 0 }
    var byteCount = 0
    for map in maps {
      let path = map.record.mapPath
      for (tensor, name) in [(map.map, path), (map.raw, Self.rawPath(path))] {
        guard let tensor else { continue }
        let bytes = NPYFile.bytes(of: tensor)
        do throws(SystemError) {
          try WholeFile.place(bytes, at: folder.file(name))
        } catch {
          throw WritingError(path: folder.file(name), reason: error)
        }
        byteCount += bytes.count
      }
    }
    return byteCount
  }

  private static func rawPath(_ path: String) -> String { "\(path.dropLast(4)).raw.npy" }
}
