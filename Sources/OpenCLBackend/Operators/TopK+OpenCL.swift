import Operators
import Tensors

/// The C struct `top_k_arguments` of `ops/top_k.cl`.
struct TopKArguments: BitwiseCopyable {
  var lines: Int32
  var length: Int32
  var count: Int32
  var isPositions: Int32
}

extension TopK: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/top_k.cl", "top_k")
    return [
      Variant("definition", inputs: [.layout(.plain)], output: .plain) { scope in
        let lines = scope.output.shape.elementCount / count
        let arguments = TopKArguments(
          lines: Int32(lines), length: Int32(scope.inputs[0].shape.elementCount / lines),
          count: Int32(count), isPositions: part == .positions ? 1 : 0)
        return [KernelCall(kernel, [.input(0), .output], arguments, .items(lines))]
      }
    ]
  }
}
