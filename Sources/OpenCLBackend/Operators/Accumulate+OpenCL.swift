import Graphs
import Tensors

/// The C struct `accumulate_arguments` of `ops/accumulate.cl`.
struct AccumulateArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var z: TensorArgument
}

extension Accumulate: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    [
      Variant("definition", inputs: site.inputs.map { _ in .any }) { scope in
        let inputs = scope.inputs.map(\.argumentOrRow)
        let z = scope.output.argumentOrRow
        guard inputs.count > 1 else {
          let arguments = AccumulateArguments(x: inputs[0], y: z, z: z)
          let kernel = KernelName("ops/accumulate.cl", "accumulate_one")
          return [KernelCall(kernel, [.input(0), .output], arguments, z.walk)]
        }
        let kernel = KernelName("ops/accumulate.cl", "accumulate")
        return (1..<inputs.count).map { term in
          let isFirst = term == 1
          let arguments = AccumulateArguments(x: isFirst ? inputs[0] : z, y: inputs[term], z: z)
          let sum: Operand = isFirst ? .input(0) : .output
          return KernelCall(kernel, [sum, .input(term), .output], arguments, z.walk)
        }
      }
    ]
  }
}
