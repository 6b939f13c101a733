/// The state of a run that fills a folder.
package protocol FolderRun: ~Copyable {
  /// Does all that is left to do.
  /// - Throws: `Failure` where the run cannot go on.
  mutating func work() async throws(Failure)

  /// Writes the last state of the run, after success as after a failure.
  /// - Throws: `Failure` where that cannot be written; it may pass on the one that it was given.
  mutating func finish(after failure: Failure?) async throws(Failure)
}

extension FolderRun where Self: ~Copyable {
  /// Works and finishes; the folder is held until then.
  ///
  /// Of two failures the first is the reason; that nothing is kept is the worse of an interruption.
  /// - Parameters:
  ///   - lock: what keeps others from the folder; nil where another process holds it.
  ///   - trouble: called with a failure to finish that is not the reason.
  /// - Throws: `Failure` where the run did not come to its end.
  package mutating func complete(
    holding lock: consuming FolderLock?, trouble: (Failure) -> Void = { _ in }
  ) async throws(Failure) {
    var failure: Failure?
    do throws(Failure) {
      try await work()
    } catch {
      failure = error
    }
    do throws(Failure) {
      try await finish(after: failure)
    } catch {
      if let failure, failure.kind != .interrupted {
        trouble(error)
      } else {
        failure = error
      }
    }
    _ = consume lock
    if let failure { throw failure }
  }
}
