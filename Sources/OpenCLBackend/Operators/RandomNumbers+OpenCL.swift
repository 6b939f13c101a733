import Operators
import Tensors

/// The C struct `random_numbers_arguments` of `ops/random_numbers.cl`.
struct RandomNumbersArguments: BitwiseCopyable {
  var seedLow: UInt32
  var seedHigh: UInt32
  var stream: UInt32
  var rows: Int32
  var count: Int32
  var isNormal: Int32
}

extension RandomNumbers: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/random_numbers.cl", "random_numbers")
    return [
      Variant("definition", inputs: [.layout(.plain)], output: .plain) { scope in
        let shape = scope.output.shape
        let arguments = RandomNumbersArguments(
          seedLow: UInt32(truncatingIfNeeded: seed),
          seedHigh: UInt32(truncatingIfNeeded: seed >> 32), stream: stream.rawValue,
          rows: Int32(shape[0]), count: Int32(shape.row.elementCount),
          isNormal: distribution == .normal ? 1 : 0)
        return [
          KernelCall(kernel, [.input(0), .output], arguments, .items(shape.elementCount))
        ]
      }
    ]
  }
}
