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
    let definition = variant("definition", .any, site, "accumulate") { $0.walk }
    guard site.hasLanes, site.inputs.count > 1 else { return [definition] }
    return [definition, variant("lanes", .layout(.blocked), site, "accumulate_lanes") { $0.runs }]
  }

  /// A launch for each term behind the first, or one that copies the only term.
  private func variant(
    _ name: String, _ input: InputForm, _ site: OperatorSite, _ function: String,
    _ size: @escaping @Sendable (TensorArgument) -> WorkItems
  ) -> Variant {
    Variant(
      name, algorithm: "definition", inputs: site.inputs.map { _ in input },
      output: input == .any ? nil : .blocked
    ) { scope in
      let inputs = scope.inputs.map(\.argumentOrRow)
      let z = scope.output.argumentOrRow
      guard inputs.count > 1 else {
        let arguments = AccumulateArguments(x: inputs[0], y: z, z: z)
        let kernel = KernelName("ops/accumulate.cl", "accumulate_one")
        return [KernelCall(kernel, [.input(0), .output], arguments, z.walk)]
      }
      let kernel = KernelName("ops/accumulate.cl", function)
      return (1..<inputs.count).map { term in
        let isFirst = term == 1
        let arguments = AccumulateArguments(x: isFirst ? inputs[0] : z, y: inputs[term], z: z)
        let sum: Operand = isFirst ? .input(0) : .output
        return KernelCall(kernel, [sum, .input(term), .output], arguments, size(z))
      }
    }
  }
}
