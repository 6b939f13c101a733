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
struct Packing: Sendable {
  /// The parameter, row-major.
  let plain: Buffer
  /// Its shape.
  let shape: Shape
  /// What is made of it; not `plain`.
  let form: ParameterForm

  /// Makes forms in the order of the packings, in one hop to the queue.
  static func run(
    _ packings: [Packing], on queue: DeviceQueue, for family: DeviceTraits.Family
  ) async throws(BackendError) -> [Buffer] {
    guard !packings.isEmpty else { return [] }
    do throws(OpenCLError) {
      var kernels: [String: Kernel] = [:]
      var jobs: [(packing: Packing, kernel: Kernel, packed: Buffer)] = []
      for packing in packings {
        let (function, floats) = (packing.function, packing.form.floatCount(of: packing.shape))
        let kernel =
          if let known = kernels[function] { known } else {
            try await queue.makeKernel("layout/pack.cl", function)
          }
        kernels[function] = kernel
        jobs.append((packing, kernel, try queue.makeBuffer(byteCount: floats * 4)))
      }
      try await queue.perform { [jobs] queue throws(OpenCLError) in
        for (packing, kernel, packed) in jobs {
          try kernel.setArgument(0, packing.plain)
          try kernel.setArgument(1, packed)
          try kernel.setArgument(2, value: packing.arguments)
          try queue.enqueue([Launch(kernel, packing.form.workItems(of: packing.shape, family))])
        }
      }
      return jobs.map(\.packed)
    } catch {
      throw BackendError(error)
    }
  }

  private var function: String {
    switch form {
    case .plain: preconditionFailure("a plain parameter is not packed")
    case .filterBlocks: "filter_blocks"
    case .transposedBlocks: "transposed_blocks"
    case .depthwiseBlocks: "depthwise_blocks"
    case .winogradFilters: "winograd_filters"
    case .matrixBlocks: "matrix_blocks"
    case .laneBlocks: "lane_blocks"
    }
  }

  private var arguments: PackingArguments {
    var arguments = PackingArguments(
      filters: Int32(shape[0]), channels: Int32(shape.rank > 1 ? shape[1] : 1))
    if shape.rank == 4 { arguments.taps = Int32(shape[2] * shape[3]) }
    switch form {
    case .filterBlocks(let groups):
      arguments.groups = Int32(groups)
      arguments.blocks = Int32(ParameterForm.packedBlocks(of: shape, groups: groups))
    case .transposedBlocks(let groups):
      arguments.groups = Int32(groups)
      arguments.blocks = Int32(
        ParameterForm.packedBlocks(
          of: ParameterForm.transposed(shape, groups: groups), groups: groups))
    case .winogradFilters(isAdjoint: true):
      (arguments.filters, arguments.channels) = (arguments.channels, arguments.filters)
      arguments.isAdjoint = 1
    case .matrixBlocks: arguments.channels = Int32(ParameterForm.columns(of: shape))
    case .plain, .depthwiseBlocks, .winogradFilters(isAdjoint: false), .laneBlocks: break
    }
    return arguments
  }
}
