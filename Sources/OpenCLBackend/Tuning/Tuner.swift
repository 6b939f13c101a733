import Execution
import Graphs
import KernelLibrary
import OpenCLRuntime
import Tensors

/// Finds the fastest tile of a step, among those that compute the right numbers.
///
/// Every tile first computes the step on noise, in memory filled with NaN between guard bands, and
/// is compared with the definition of the operator; all tiles must give the bits of the first that
/// passes. Those that do are then timed by the device's clock, in turns, so that what else the
/// machine does falls on all alike.
package struct Tuner: Sendable {
  /// How much is tried.
  package enum Level: String, Sendable, CaseIterable {
    /// The best eight tiles by the order of the list, three runs each.
    case rapid
    /// All tiles, five runs each.
    case normal
    /// All tiles, eleven runs each.
    case heavy

    var runs: Int {
      switch self {
      case .rapid: 3
      case .normal: 5
      case .heavy: 11
      }
    }

    var mostTiles: Int { self == .rapid ? 8 : .max }
  }

  private let backend: OpenCLBackend
  private let level: Level

  /// The share of the time that a tile must save to be worth storing.
  package static let leastGain = 0.02

  /// A tuner.
  /// - Precondition: the queue of the backend times launches.
  package init(backend: OpenCLBackend, level: Level) {
    precondition(backend.queue.isProfiling, "the tuner reads the device's clock")
    self.backend = backend
    self.level = level
  }

  /// Checks and times the tiles of a step.
  /// - Throws: `BackendError` where the device fails; a kernel that does not build, or
  ///   cannot run, only loses.
  package func tune(_ task: TuningTask) async throws(BackendError) -> TuningOutcome {
    let trial: TileTrial
    do throws(BackendError) {
      trial = try await TileTrial(task, on: backend, isThorough: level != .rapid)
    } catch {
      guard let reason = error.refusal else { throw error }
      let refusal = "nothing to compare with: the definition \(reason)"
      return TuningOutcome(
        task: task, candidates: [.init(tile: task.baseline, refusal: refusal)])
    }
    var results: [TuningOutcome.Candidate] = []
    for tile in task.tiles.prefix(level.mostTiles) {
      if Task.isCancelled { throw .cancelled }
      results.append(
        TuningOutcome.Candidate(tile: tile, refusal: try await trial.refusal(of: tile)))
    }
    let sound = results.filter { $0.refusal == nil }.map(\.tile)
    // A default alone has no rival; any other tile is timed, for it may be stored.
    let times =
      sound == [task.baseline] ? [:] : try await trial.times(of: sound, runs: level.runs)
    for place in results.indices { results[place].milliseconds = times[results[place].tile] }
    return try await outcome(task, results, sound, trial)
  }

  /// The winner, timed once more against the baseline alone.
  private func outcome(
    _ task: TuningTask, _ candidates: [TuningOutcome.Candidate], _ sound: [Tile], _ trial: TileTrial
  ) async throws(BackendError) -> TuningOutcome {
    var outcome = TuningOutcome(task: task, candidates: candidates)
    func time(_ tile: Tile) -> Double {
      candidates.first { $0.tile == tile }?.milliseconds ?? .infinity
    }
    guard let best = sound.min(by: { time($0) < time($1) }), best != task.baseline else {
      return outcome
    }
    guard sound.contains(task.baseline) else {
      // The baseline is wrong here, so that any sound tile is better.
      outcome.winner = (best, time(best), time(best))
      return outcome
    }
    guard time(best) < time(task.baseline) * (1 - Self.leastGain) else { return outcome }
    let again = try await trial.times(of: [task.baseline, best], runs: level.runs)
    guard let slow = again[task.baseline], let fast = again[best],
      fast < slow * (1 - Self.leastGain)
    else { return outcome }
    outcome.winner = (best, fast, slow)
    return outcome
  }
}

/// What the tuner found out about a step.
package struct TuningOutcome: Sendable {
  /// A tile that was tried.
  package struct Candidate: Sendable, Hashable {
    /// The sizes.
    package let tile: Tile
    /// Why it must not be used; nil where its numbers are right.
    package let refusal: String?
    /// The least time of its runs; nil where there was nothing to compare it with.
    package var milliseconds: Double?
  }

  /// The step.
  package let task: TuningTask
  /// The tiles, in the order in which they were tried.
  package let candidates: [Candidate]
  /// The tile to store, with its time and that of the baseline; nil where the baseline is as good.
  package var winner: (tile: Tile, milliseconds: Double, baseline: Double)?

  /// The entry to store; nil where the baseline is as good.
  /// - Throws: `KernelLibraryError` where a kernel file is gone.
  package func entry(
    _ library: KernelLibrary
  ) throws(KernelLibraryError) -> TuningTable.Entry? {
    guard let winner else { return nil }
    var hashes: [String: String] = [:]
    for kernel in task.kernels { hashes[kernel.path] = try library.fingerprint(of: kernel.path) }
    return TuningTable.Entry(
      key: task.key, tile: winner.tile.sizes, kernels: hashes, milliseconds: winner.milliseconds,
      defaultMilliseconds: winner.baseline)
  }
}
