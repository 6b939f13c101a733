import Dispatch
import Synchronization

/// Builds programs on threads of its own, a few at a time: a build blocks for seconds.
///
/// PoCL's compiler takes turns behind a lock; others gain from several builds at once.
final class ProgramBuilder: Sendable {
  private let lanes: [DispatchQueue]
  private let turn = Atomic<Int>(0)

  init(laneCount: Int) {
    lanes = (0..<laneCount).map { DispatchQueue(label: "salient.opencl.builder.\($0)") }
  }

  func run<Value: Sendable>(
    _ body: @escaping @Sendable () -> Result<Value, OpenCLError>
  ) async -> Result<Value, OpenCLError> {
    let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    let lane = lanes[number % lanes.count]
    return await withCheckedContinuation { continuation in
      lane.async { continuation.resume(returning: body()) }
    }
  }
}
