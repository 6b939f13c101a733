import Operators
import Tensors

/// The C structs `group_sum_arguments` and `group_spread_arguments`.
struct GroupArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var channels: Int32
  /// How many groups there are.
  var count: Int32
  /// The channels of a chunk; 0 for balanced groups.
  var chunk: Int32

  init(_ scope: LaunchScope, _ sum: GroupSum, channels: Int) {
    x = scope.inputs[0].argument
    y = scope.output.argument
    self.channels = Int32(channels)
    count = Int32(sum.groupCount(channels: channels))
    chunk = sum.split == .chunk ? Int32(sum.ranges(channels: channels)[0].count) : 0
  }
}

extension GroupSum: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/group_sum.cl", "group_sum")
    return [
      Variant("definition", inputs: [.any]) { scope in
        let arguments = GroupArguments(scope, self, channels: scope.inputs[0].shape[1])
        return [KernelCall(kernel, [.input(0), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}

extension GroupSpread: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/group_spread.cl", "group_spread")
    return [
      Variant("definition", inputs: [.any]) { scope in
        let arguments = GroupArguments(scope, sum, channels: channels)
        return [KernelCall(kernel, [.input(0), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}
