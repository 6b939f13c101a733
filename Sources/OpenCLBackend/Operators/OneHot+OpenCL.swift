import Operators
import Tensors

/// The C struct `one_hot_arguments` of `ops/one_hot.cl`.
struct OneHotArguments: BitwiseCopyable {
  var count: Int32
  var depth: Int32
}

extension OneHot: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/one_hot.cl", "one_hot")
    return [
      Variant("definition", inputs: [.layout(.plain)], output: .plain) { scope in
        let elements = scope.output.shape.elementCount
        let arguments = OneHotArguments(count: Int32(elements / depth), depth: Int32(depth))
        return [KernelCall(kernel, [.input(0), .output], arguments, .items(elements))]
      }
    ]
  }
}
