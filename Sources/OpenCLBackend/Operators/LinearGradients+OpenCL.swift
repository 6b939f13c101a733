import Operators
import Tensors

/// The C structs `linear_data_gradient_arguments` and `linear_weight_gradient_arguments`.
struct LinearGradientArguments: BitwiseCopyable {
  var output: TensorArgument
  /// The terms of a sum: K for the data, N for the weights.
  var terms: Int32
}

extension LinearDataGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/linear_data_gradient.cl", "linear_data_gradient")
    return [
      Variant("definition", inputs: [.layout(.plain), .layout(.plain)]) { scope in
        let arguments = LinearGradientArguments(
          output: scope.output.flattened, terms: Int32(scope.inputs[0].shape[1]))
        return [
          KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.output.walk)
        ]
      }
    ]
  }
}

extension LinearWeightGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/linear_weight_gradient.cl", "linear_weight_gradient")
    return [
      Variant("definition", inputs: [.layout(.plain), .layout(.plain)]) { scope in
        let arguments = LinearGradientArguments(
          output: scope.output.flattened, terms: Int32(scope.inputs[0].shape[0]))
        return [
          KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.output.walk)
        ]
      }
    ]
  }
}
