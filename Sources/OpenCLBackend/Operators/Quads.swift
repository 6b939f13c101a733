import Operators
import Tensors

/// Rungs with one work-item for 4 channels of a pixel: `ops/*_quads.cl`, for GPUs.
///
/// They add in the order of the definition, so both are one algorithm.
extension OpenCLOperator {
  /// A rung for an operator with one image in and one out, both of at least 16 channels; none where
  /// a tensor is plain or the device no GPU.
  /// - Parameters:
  ///   - site: where the operator runs.
  ///   - tables: the variant's tables, which follow the output.
  ///   - arguments: the argument struct of a launch.
  /// - Returns: one variant or none.
  func quads<Arguments: BitwiseCopyable>(
    _ site: OperatorSite, tables: [[Float]] = [],
    _ arguments: @escaping @Sendable (LaunchScope) -> Arguments
  ) -> [Variant] {
    guard let kernel = quadKernel(site) else { return [] }
    var variant = Variant(
      "quads", algorithm: "definition", inputs: [.layout(.blocked)], output: .blocked
    ) { scope in
      let operands = [.input(0), .output] + tables.indices.map(Operand.table)
      return [KernelCall(kernel, operands, arguments(scope), .quads(of: scope.output.shape))]
    }
    variant.tables = tables
    return [variant]
  }

  /// The kernel of the rung; nil where it cannot run.
  func quadKernel(_ site: OperatorSite) -> KernelName? {
    guard site.traits.family == .gpu, Layout.canonical(for: site.inputs[0]) == .blocked,
      Layout.canonical(for: site.output) == .blocked
    else { return nil }
    return KernelName("ops/\(Self.name)_quads.cl", "\(Self.name)_quads")
  }
}

extension WorkItems {
  /// One work-item for 4 channels of each pixel of a tensor.
  static func quads(of shape: Shape) -> WorkItems {
    quads(pixels: shape[0] * shape[2] * shape[3], blocks: Layout.blockCount(shape[1]))
  }
}
