import Operators
import Tensors

/// The C struct `weighted_channel_sum_arguments` of `ops/weighted_channel_sum.cl`.
struct WeightedChannelSumArguments: BitwiseCopyable {
  var a: TensorArgument
  var weights: TensorArgument
  var y: TensorArgument
}

extension WeightedChannelSum: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/weighted_channel_sum.cl", "weighted_channel_sum")
    return [
      Variant("definition", inputs: [.any, .any]) { scope in
        let arguments = WeightedChannelSumArguments(
          a: scope.inputs[0].argument, weights: scope.inputs[1].argument,
          y: scope.output.argument)
        return [KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}
