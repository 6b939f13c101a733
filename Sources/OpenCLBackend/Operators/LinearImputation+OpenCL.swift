import Operators
import Tensors

/// The C struct `linear_imputation_arguments` of `ops/linear_imputation.cl`.
struct LinearImputationArguments: BitwiseCopyable {
  var x: TensorArgument
  var mask: TensorArgument
  var y: TensorArgument
  var rounds: Int32
}

extension LinearImputation: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let definition = variant("definition", items: 1, site)
    return site.traits.family == .gpu
      ? [definition, variant("group", items: 128, site)] : [definition]
  }

  /// The iteration by so many work-items an image.
  private func variant(_ name: String, items: Int, _ site: OperatorSite) -> Variant {
    let kernel = KernelName("ops/linear_imputation.cl", Self.name)
    let shape = site.inputs[0]
    var variant = Variant(
      name, algorithm: "definition", inputs: [.any, .layout(.plain)], output: .plain
    ) { scope in
      let arguments = LinearImputationArguments(
        x: scope.inputs[0].argument, mask: scope.inputs[1].argument, y: scope.output.argument,
        rounds: Int32(Self.mostRounds))
      return [
        KernelCall(
          kernel, [.input(0), .input(1), .scratch(0), .output], arguments,
          .groups(scope.inputs[0].shape[0], of: items))
      ]
    }
    // Six planes with a border of zeros, and three sums for each row of the image.
    let pitch = (shape[3] + 15) / 16 * 16 + 2
    variant.scratch = [shape[0] * (6 * pitch * (shape[2] + 2) + 3 * shape[2])]
    return variant
  }
}
