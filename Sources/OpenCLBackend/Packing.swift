import Execution
import OpenCLRuntime
import Tensors

/// The C struct `packing` of `layout/pack.cl`.
private struct PackingArguments: BitwiseCopyable {
  var filters: Int32
  var channels: Int32
  var taps: Int32 = 1
  var groups: Int32 = 1
  var blocks: Int32 = 0
  var isAdjoint: Int32 = 0
}

/// Makes packed forms of parameters on the device; `layout/pack.cl`.
enum Packing {
  static func pack(
    _ plain: Buffer, _ shape: Shape, as form: ParameterForm, on queue: DeviceQueue
  ) async throws(BackendError) -> Buffer {
    let function: String
    var arguments = PackingArguments(
      filters: Int32(shape[0]), channels: Int32(shape.rank > 1 ? shape[1] : 1))
    if shape.rank == 4 { arguments.taps = Int32(shape[2] * shape[3]) }
    switch form {
    case .plain: return plain
    case .filterBlocks(let groups):
      function = "filter_blocks"
      arguments.groups = Int32(groups)
      arguments.blocks = Int32(ParameterForm.packedBlocks(of: shape, groups: groups))
    case .transposedBlocks(let groups):
      function = "transposed_blocks"
      arguments.groups = Int32(groups)
      arguments.blocks = Int32(
        ParameterForm.packedBlocks(
          of: ParameterForm.transposed(shape, groups: groups), groups: groups))
    case .depthwiseBlocks: function = "depthwise_blocks"
    case .winogradFilters(let isAdjoint):
      function = "winograd_filters"
      if isAdjoint {
        (arguments.filters, arguments.channels) = (arguments.channels, arguments.filters)
        arguments.isAdjoint = 1
      }
    case .matrixBlocks:
      function = "matrix_blocks"
      arguments.channels = Int32(ParameterForm.columns(of: shape))
    case .laneBlocks: function = "lane_blocks"
    }
    do throws(OpenCLError) {
      let packed = try queue.makeBuffer(byteCount: form.floatCount(of: shape) * 4)
      let kernel = try await queue.makeKernel("layout/pack.cl", function)
      try kernel.setArgument(0, plain)
      try kernel.setArgument(1, packed)
      try kernel.setArgument(2, value: arguments)
      let launch = Launch(kernel, WorkItems.items(form.itemCount(of: shape)))
      try await queue.perform { queue throws(OpenCLError) in try queue.enqueue([launch]) }
      return packed
    } catch {
      throw BackendError(error)
    }
  }
}
