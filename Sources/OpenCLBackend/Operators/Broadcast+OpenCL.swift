import Operators
import Tensors

/// The C structs of kernels that read one tensor, write one, and need nothing else.
struct CopyArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
}

extension Broadcast: OpenCLOperator {
  /// Above rank 4 nothing can be repeated.
  package func variants(at site: OperatorSite) -> [Variant] {
    let rank = site.output.rank
    guard rank <= 4 || site.inputs[0] == site.output else { return [] }
    let kernel = KernelName("ops/broadcast.cl", "broadcast")
    return [
      Variant("definition", inputs: [.any, .any]) { scope in
        let (x, y) = (scope.inputs[0], scope.output)
        let arguments =
          rank > 4
          ? CopyArguments(x: x.flattened, y: y.flattened)
          : CopyArguments(x: x.argument(alignedTo: rank), y: y.argument)
        return [KernelCall(kernel, [.input(0), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}
