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
    let kernel = KernelName("ops/batch_norm.cl", "batch_norm")
    let statistics = [InputForm](repeating: .layout(.plain), count: 4)
    var variant = Variant("definition", inputs: [.any] + statistics) { scope in
      func argument(_ tensor: PlacedTensor) -> TensorArgument {
        tensor.shape.rank == 4 ? tensor.argument : tensor.split(at: 1)
      }
      let arguments = BatchNormArguments(
        x: argument(scope.inputs[0]), residual: argument(scope.residual ?? scope.output),
        y: argument(scope.output), epsilon: epsilon,
        end: EpilogueArgument(scope.activation, hasResidual: scope.residual != nil))
      let inputs = (0..<5).map(Operand.input)
      return [KernelCall(kernel, inputs + [.residual, .output], arguments, arguments.y.walk)]
    }
    variant.hasEpilogue = true
    return [variant]
  }
}
