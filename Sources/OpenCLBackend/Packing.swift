import Execution
import OpenCLRuntime
import Tensors

/// Makes packed forms of parameters on the device; `layout/pack.cl`.
enum Packing {
  static func pack(
    _ plain: Buffer, _ shape: Shape, as form: ParameterForm, on queue: DeviceQueue
  ) async throws(BackendError) -> Buffer {
    let function: String
    let numbers: [Int32]
    switch form {
    case .plain: return plain
    case .filterBlocks:
      function = "filter_blocks"
      numbers = [Int32(shape[0]), Int32(shape[1]), Int32(shape[2] * shape[3])]
    case .winogradFilters:
      (function, numbers) = ("winograd_filters", [Int32(shape[0]), Int32(shape[1]), 0])
    case .matrixBlocks:
      (function, numbers) = ("matrix_blocks", [Int32(shape[0]), Int32(shape[1]), 0])
    case .laneBlocks:
      (function, numbers) = ("lane_blocks", [Int32(shape[0]), 0, 0])
    }
    do throws(OpenCLError) {
      let packed = try queue.makeBuffer(byteCount: form.floatCount(of: shape) * 4)
      let kernel = try await queue.makeKernel("layout/pack.cl", function)
      try kernel.setArgument(0, plain)
      try kernel.setArgument(1, packed)
      for (index, number) in numbers.enumerated() {
        try kernel.setArgument(index + 2, value: number)
      }
      let launch = Launch(kernel, WorkItems.items(form.itemCount(of: shape)))
      try await queue.perform { queue throws(OpenCLError) in try queue.enqueue([launch]) }
      return packed
    } catch {
      throw BackendError(error)
    }
  }
}
