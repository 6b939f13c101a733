import OpenCLRuntime
import Tensors

/// A step that can run: its kernels, in the order of its calls, and its tables.
struct Stage: Sendable {
  let kernels: [Kernel]
  let tables: [Buffer]

  /// Builds the kernels of a plan, step by step.
  ///
  /// A step whose tile the device cannot run gets another tile: bits are the same with all.
  /// - Parameters:
  ///   - plan: its steps have the tiles that were built afterwards.
  ///   - queue: of the device.
  ///   - keepsTiles: whether a tile that cannot run is an error.
  /// - Returns: a stage for each step; fewer where the task was cancelled.
  /// - Throws: `OpenCLError` where a kernel does not build or cannot run.
  static func stages(
    of plan: inout Plan, on queue: DeviceQueue, keepsTiles: Bool
  ) async throws(OpenCLError) -> [Stage] {
    let capacity = plan.capacity
    let shapes = plan.bound { _ in capacity }
    var stages: [Stage] = []
    for place in plan.steps.indices {
      if Task.isCancelled { break }
      let step = plan.steps[place]
      let kernels: [Kernel]
      do throws(OpenCLError) {
        kernels = try await Self.kernels(of: step, plan, shapes, on: queue)
      } catch let refusal where refusal.isOfTile && !keepsTiles {
        let other = try await otherTile(for: step, plan, shapes, on: queue, instead: refusal)
        plan.steps[place].tile = other.tile
        kernels = other.kernels
      }
      var tables: [Buffer] = []
      for table in step.variant.tables {
        let buffer = try queue.makeBuffer(byteCount: max(table.count, 1) * 4)
        try await queue.perform { queue throws(OpenCLError) in try queue.write(table, to: buffer) }
        tables.append(buffer)
      }
      stages.append(Stage(kernels: kernels, tables: tables))
    }
    return stages
  }

  /// The first of the other tiles of a step that the device can run, with its kernels.
  /// - Throws: `refusal` where there is none.
  private static func otherTile(
    for step: Plan.Step, _ plan: Plan, _ shapes: [Shape], on queue: DeviceQueue,
    instead refusal: OpenCLError
  ) async throws(OpenCLError) -> (tile: Tile, kernels: [Kernel]) {
    var other = step
    for tile in step.variant.tiles where tile != step.tile {
      other.tile = tile
      do throws(OpenCLError) {
        return (tile, try await kernels(of: other, plan, shapes, on: queue))
      } catch let next where next.isOfTile {
        continue
      }
    }
    throw refusal
  }

  /// The kernels of a step, built, and able to run in its groups.
  private static func kernels(
    of step: Plan.Step, _ plan: Plan, _ shapes: [Shape], on queue: DeviceQueue
  ) async throws(OpenCLError) -> [Kernel] {
    var kernels: [Kernel] = []
    for call in plan.calls(of: step, plan.scope(of: step, shapes)) {
      let defines = call.kernel.defines.map { Define($0.key, $0.value) }
      let kernel = try await queue.makeKernel(
        call.kernel.path, call.kernel.function, defines: defines)
      try Launch(kernel, call.workSize).check()
      kernels.append(kernel)
    }
    return kernels
  }
}

extension OpenCLError {
  /// Whether the same kernel may build and run where it is compiled for another tile.
  fileprivate var isOfTile: Bool {
    switch self {
    case .buildFailed, .invalidLaunch: true
    default: false
    }
  }
}
