import Operators
import Tensors

/// The C struct `broadcasting_arguments` of `common/broadcasting.clh`.
struct BroadcastingArguments: BitwiseCopyable {
  var a: TensorArgument
  var b: TensorArgument
  var y: TensorArgument
}

extension OpenCLOperator {
  /// The one variant of a broadcasting operator.
  ///
  /// Above rank 4 an input must be one number, or have the rows of the output or a single one.
  func broadcastingVariants(_ site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/\(Self.name).cl", "\(Self.name)_definition")
    let rank = site.output.rank
    let isFlat = rank > 4
    if isFlat, !site.inputs.allSatisfy({ $0.elementCount == 1 || $0.row == site.output.row }) {
      return []
    }
    let form: InputForm = isFlat ? .layout(.plain) : .any
    return [
      Variant("definition", inputs: [form, form], output: isFlat ? .plain : nil) { scope in
        let arguments = BroadcastingArguments(
          a: isFlat ? scope.inputs[0].flattened : scope.inputs[0].argument(alignedTo: rank),
          b: isFlat ? scope.inputs[1].flattened : scope.inputs[1].argument(alignedTo: rank),
          y: isFlat ? scope.output.flattened : scope.output.argument)
        return [KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}

extension Add: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { broadcastingVariants(site) }
}

extension Subtract: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { broadcastingVariants(site) }
}

extension Multiply: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { broadcastingVariants(site) }
}

extension Divide: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { broadcastingVariants(site) }
}
