import Jobs
import Salient
import Training

/// Training as one of several ranks, where who started the process says so.
enum RankedRun {
  /// Joins the other ranks, does what was asked for, and leaves them.
  ///
  /// MPI is joined first: no call into OpenCL may come before that.
  /// - Parameter body: what every rank does; alone it is told of no place.
  /// - Returns: the exit code.
  /// - Throws: `Failure` where this process is alone; of several ranks the first has told it.
  static func perform(
    _ body: (Ranks, RankEnvironment?) async throws(Failure) -> Int32
  ) async throws(Failure) -> Int32 {
    guard let place = RankEnvironment(Terminal.environment) else {
      return try await body(Ranks(), nil)
    }
    let transport: MessagePassing
    do throws(Failure) {
      transport = try MessagePassing(plugin: plugins, at: place)
    } catch {
      // Once for each machine: its processes see the same files.
      guard place.localRank > 0 else { throw error }
      return Int32(error.kind.rawValue)
    }
    let ranks = Ranks(transport)
    let code = await finish(ranks) { () async throws(Failure) in try await body(ranks, place) }
    await transport.close()
    return code
  }

  /// The exit code of a body; a failure is told by the first rank, before any of them leaves.
  private static func finish(
    _ ranks: Ranks, _ body: () async throws(Failure) -> Int32
  ) async -> Int32 {
    do throws(Failure) {
      let code = try await body()
      try await ranks.agree()
      return code
    } catch {
      let failure = await ranks.end(with: error)
      // Of an interruption the first rank knows more than it had told the others.
      let isKnown = failure.kind == .interrupted && error.kind == .interrupted
      if ranks.isFirst { Terminal.complain(isKnown ? error : failure) }
      return Int32(failure.kind.rawValue)
    }
  }

  /// Where the plug-in may lie.
  private static var plugins: [String] {
    if let path = Terminal.environment("SALIENT_MPI"), !path.isEmpty { return [path] }
    let name = "libsalient_mpi.so"
    let beside = Terminal.programFolder.map { ["\($0)/\(name)"] } ?? []
    return beside + ["\(Terminal.cacheBase)/\(name)"]
  }
}
