import Operators
import Tensors

/// The C struct `conv2d_weight_gradient_arguments` of `ops/conv2d_weight_gradient.cl`.
struct Conv2DWeightGradientArguments: BitwiseCopyable {
  var x: TensorArgument
  var dy: TensorArgument
  var dw: TensorArgument
  var window: WindowArgument
}

extension Conv2DWeightGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/conv2d_weight_gradient.cl", "conv2d_weight_gradient")
    let definition = Variant("definition", inputs: [.any, .any]) { scope in
      let arguments = Conv2DWeightGradientArguments(
        x: scope.inputs[0].argument, dy: scope.inputs[1].argument, dw: scope.output.argument,
        window: WindowArgument(conv.window, kernel: .init(kernelHeight, kernelWidth)))
      return [KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.dw.walk)]
    }
    guard site.traits.family == .gpu, let gemm = gemm(site) else { return [definition] }
    return [definition, gemm]
  }
}
