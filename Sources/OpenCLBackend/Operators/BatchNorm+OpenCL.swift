import Operators
import Tensors

/// The C struct `batch_norm_arguments` of `ops/batch_norm.cl`.
struct BatchNormArguments: BitwiseCopyable {
  var x: TensorArgument
  var residual: TensorArgument
  var y: TensorArgument
  var epsilon: Float
  var end: EpilogueArgument
}

extension BatchNorm: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let statistics = [InputForm](repeating: .layout(.plain), count: 4)
    var ladder = [variant("definition", [.any] + statistics, "batch_norm") { $0.walk }]
    if site.hasLanes {
      let inputs = [.layout(.blocked)] + statistics
      ladder.append(variant("lanes", inputs, output: .blocked, "batch_norm_lanes") { $0.runs })
    }
    return ladder
  }

  private func variant(
    _ name: String, _ inputs: [InputForm], output: Layout? = nil, _ function: String,
    _ size: @escaping @Sendable (TensorArgument) -> WorkItems
  ) -> Variant {
    let kernel = KernelName("ops/batch_norm.cl", function)
    var variant = Variant(name, algorithm: "definition", inputs: inputs, output: output) { scope in
      let arguments = BatchNormArguments(
        x: scope.inputs[0].argumentByChannels,
        residual: (scope.residual ?? scope.output).argumentByChannels,
        y: scope.output.argumentByChannels, epsilon: epsilon, end: EpilogueArgument(scope))
      let inputs = (0..<5).map(Operand.input)
      return [KernelCall(kernel, inputs + [.residual, .output], arguments, size(arguments.y))]
    }
    variant.hasEpilogue = true
    return variant
  }
}
