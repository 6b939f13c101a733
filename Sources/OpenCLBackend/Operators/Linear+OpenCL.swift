import Operators
import Tensors

/// The C struct `linear_arguments` of `ops/linear.cl`.
struct LinearArguments: BitwiseCopyable {
  var y: TensorArgument
  var inputs: Int32
  var hasBias: Int32
  var end: EpilogueArgument
}

extension Linear: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { [definition(site)] }

  private func definition(_ site: OperatorSite) -> Variant {
    let kernel = KernelName("ops/linear.cl", "linear")
    var variant = Variant("definition", inputs: site.inputs.map { _ in .layout(.plain) }) { scope in
      let hasBias = scope.inputs.count == 3
      let arguments = LinearArguments(
        y: scope.output.flattened, inputs: Int32(scope.inputs[0].shape[1]),
        hasBias: hasBias ? 1 : 0,
        end: EpilogueArgument(scope.activation, hasResidual: scope.residual != nil))
      let bias: Operand = hasBias ? .input(2) : .input(1)
      return [
        KernelCall(
          kernel, [.input(0), .input(1), bias, .residual, .output], arguments, arguments.y.walk)
      ]
    }
    variant.hasEpilogue = true
    return variant
  }
}
