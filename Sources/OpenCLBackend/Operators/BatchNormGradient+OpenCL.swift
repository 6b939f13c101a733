import Operators
import Tensors

/// The C struct `batch_norm_gradient_arguments` of `ops/batch_norm_gradient.cl`.
struct BatchNormGradientArguments: BitwiseCopyable {
  var dy: TensorArgument
  var x: TensorArgument
  var dx: TensorArgument
  var epsilon: Float
}

extension BatchNormGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let definition = variant("definition", .any, "batch_norm_gradient") { $0.walk }
    guard site.hasLanes else { return [definition] }
    let lanes = variant("lanes", .layout(.blocked), "batch_norm_gradient_lanes") { $0.runs }
    return [definition, lanes]
  }

  private func variant(
    _ name: String, _ tensors: InputForm, _ function: String,
    _ size: @escaping @Sendable (TensorArgument) -> WorkItems
  ) -> Variant {
    let kernel = KernelName("ops/batch_norm_gradient.cl", function)
    let vectors = [InputForm](repeating: .layout(.plain), count: 6)
    return Variant(
      name, algorithm: "definition", inputs: [tensors, tensors] + vectors, output: tensors.layout
    ) { scope in
      let arguments = BatchNormGradientArguments(
        dy: scope.inputs[0].argumentByChannels, x: scope.inputs[1].argumentByChannels,
        dx: scope.output.argumentByChannels, epsilon: epsilon)
      let operands = scope.inputs.indices.map(Operand.input)
      return [KernelCall(kernel, operands + [.output], arguments, size(arguments.dx))]
    }
  }
}
