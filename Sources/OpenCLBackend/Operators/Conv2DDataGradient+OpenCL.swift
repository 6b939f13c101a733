import Operators
import Tensors

/// The C struct `conv2d_data_gradient_arguments` of `ops/conv2d_data_gradient.cl`.
struct Conv2DDataGradientArguments: BitwiseCopyable {
  var dy: TensorArgument
  var w: TensorArgument
  var dx: TensorArgument
  var window: WindowArgument
}

extension Conv2DDataGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/conv2d_data_gradient.cl", "conv2d_data_gradient")
    let definition = Variant("definition", inputs: [.any, .any]) { scope in
      let w = scope.inputs[1]
      let arguments = Conv2DDataGradientArguments(
        dy: scope.inputs[0].argument, w: w.argument, dx: scope.output.argument,
        window: WindowArgument(conv.window, kernel: .init(w.shape[2], w.shape[3])))
      return [KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.dx.walk)]
    }
    guard site.traits.family == .gpu, site.isParameter[1], let gemm = gemm(site) else {
      return [definition]
    }
    return [definition, gemm]
  }
}
