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
    let definition = Variant("definition", inputs: [.any, .any]) { scope in
      let kernel = KernelName("ops/weighted_channel_sum.cl", "weighted_channel_sum")
      let arguments = arguments(scope)
      return [KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.y.walk)]
    }
    guard site.traits.family == .gpu, site.traits.largestGroup >= Self.group,
      site.inputs.allSatisfy({ Layout.canonical(for: $0) == .blocked })
    else { return [definition] }
    return [definition, quads]
  }

  /// The items of a group; `GROUP` of `ops/weighted_channel_sum_quads.cl`.
  private static let group = 64

  /// Four work-items a pixel, for blocked activations and weights.
  private var quads: Variant {
    Variant(
      "quads", inputs: [.layout(.blocked), .layout(.blocked)], output: .plain
    ) { scope in
      let kernel = KernelName("ops/weighted_channel_sum_quads.cl", "weighted_channel_sum_quads")
      let count = scope.output.shape.elementCount * 4
      let size = WorkItems(
        global: [(count + Self.group - 1) / Self.group * Self.group], local: [Self.group])
      return [KernelCall(kernel, [.input(0), .input(1), .output], arguments(scope), size)]
    }
  }

  private func arguments(_ scope: LaunchScope) -> WeightedChannelSumArguments {
    WeightedChannelSumArguments(
      a: scope.inputs[0].argument, weights: scope.inputs[1].argument, y: scope.output.argument)
  }
}
