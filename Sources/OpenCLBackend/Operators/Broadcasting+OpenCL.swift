import Operators
import Tensors

/// The C struct `broadcasting_arguments` of `common/broadcasting.clh`.
struct BroadcastingArguments: BitwiseCopyable {
  var a: TensorArgument
  var b: TensorArgument
  var y: TensorArgument
}

extension OpenCLOperator {
  /// The one variant of a broadcasting operator. Above rank 4 the inputs must have equal shapes.
  func broadcastingVariants(_ site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/\(Self.name).cl", Self.name)
    let rank = site.output.rank
    if rank > 4 {
      guard site.inputs.allSatisfy({ $0 == site.output }) else { return [] }
      let plain = InputForm.layout(.plain)
      return [
        Variant("definition", inputs: [plain, plain], output: .plain) { scope in
          let arguments = BroadcastingArguments(
            a: scope.inputs[0].flattened, b: scope.inputs[1].flattened, y: scope.output.flattened)
          return [
            KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.y.walk)
          ]
        }
      ]
    }
    return [
      Variant("definition", inputs: [.any, .any]) { scope in
        let arguments = BroadcastingArguments(
          a: scope.inputs[0].argument(alignedTo: rank), b: scope.inputs[1].argument(alignedTo: rank),
          y: scope.output.argument)
        return [KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}

extension Add: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { broadcastingVariants(site) }
}
