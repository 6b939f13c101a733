import Execution
import OpenCLBackend
import OpenCLRuntime

/// What a device can do at most: multiply-adds that never leave the registers, and a copy.
///
/// Both are measured, by kernels of ours, so a step's share of the roof compares like with like.
public struct Roof: Sendable, Hashable {
  /// Floating-point operations a second; a multiply-add counts as two.
  public let operationsPerSecond: Double
  /// Bytes read and written a second.
  public let bytesPerSecond: Double

  /// The share of the roof, from 0 to 1, that so much work in so much time reaches: of the arithmetic
  /// or of the traffic, whichever is greater.
  public func share(operations: Int, bytes: Int, milliseconds: Double) -> Double {
    let seconds = max(milliseconds, 1e-6) / 1e3
    return max(
      Double(operations) / operationsPerSecond, Double(bytes) / bytesPerSecond) / seconds
  }

  /// Measures the device of an engine; nil where it does not time launches.
  static func measure(ifProfiling backend: any Backend) async throws(BackendError) -> Roof? {
    guard let backend = backend as? OpenCLBackend, backend.queue.isProfiling else { return nil }
    return try await measure(backend)
  }

  /// Measures a device that was opened with profiling.
  /// - Returns: the best of five runs of each.
  /// - Throws: `BackendError` where it fails.
  public static func measure(_ backend: OpenCLBackend) async throws(BackendError) -> Roof {
    let isCPU = backend.queue.device.kind == .cpu
    let units = max(1, backend.queue.device.computeUnits)
    // On a CPU a few long work-items for each core, elsewhere enough to fill every unit.
    let (items, local, count) = isCPU ? (units * 8, 1, 1 << 18) : (units * 2048, 256, 1 << 11)
    let chains = backend.queue.device.nativeFloatWidth >= 16 ? 12 : 6
    // Vectors of 16 floats: 64 MB, or 256, which no cache holds.
    let copied = isCPU ? 1 << 20 : 1 << 22
    do throws(OpenCLError) {
      let queue = backend.queue
      let source = try queue.makeBuffer(byteCount: copied * 64)
      let target = try queue.makeBuffer(byteCount: copied * 64)
      try await queue.perform { queue throws(OpenCLError) in
        try queue.fill(source, with: Float(0.5))
        try queue.fill(target, with: Float(0.5))
      }
      let products = try await queue.makeKernel(
        "bench/roof.cl", "roof_multiply_add", defines: [Define("CHAINS", chains)])
      try products.setArgument(0, source)
      try products.setArgument(1, target)
      try products.setArgument(2, value: Int32(count))
      let run = isCPU ? 1024 : 4
      let copy = try await queue.makeKernel("bench/roof.cl", "roof_copy")
      try copy.setArgument(0, source)
      try copy.setArgument(1, target)
      try copy.setArgument(2, value: Int32(run))
      let arithmetic = try await least(
        Launch(products, WorkItems(global: [items], local: [local], grouping: .any)), queue)
      let runs = copied / run
      let traffic = try await least(
        Launch(
          copy, WorkItems(global: [runs / local * local], local: [local], grouping: .any)), queue)
      return Roof(
        operationsPerSecond: Double(2 * 16 * chains) * Double(count * items) / arithmetic,
        bytesPerSecond: Double(runs / local * local * run) * 128 / traffic)
    } catch {
      throw BackendError(error)
    }
  }

  /// The seconds of the fastest of five launches.
  private static func least(
    _ launch: Launch, _ queue: DeviceQueue
  ) async throws(OpenCLError) -> Double {
    for _ in 0..<5 {
      try await queue.perform { queue throws(OpenCLError) in try queue.enqueue([launch]) }
    }
    let times = try await queue.takeTimes().suffix(5).map { Double($0.durationNanoseconds) / 1e9 }
    return max(times.min() ?? 1, 1e-9)
  }
}
