import Operators
import Tensors

/// The C struct `rank_arguments` of `ops/rank.cl`.
struct RankArguments: BitwiseCopyable {
  var lines: Int32
  var length: Int32
  var hasTies: Int32
}

extension Rank: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let file = "ops/rank.cl"
    let inputs = [InputForm](repeating: .layout(.plain), count: site.inputs.count)
    let ties = Operand.input(site.inputs.count - 1)
    let items = site.traits.family == .gpu ? 64 : 1
    let definition = Variant("definition", inputs: inputs, output: .plain) { scope in
      let arguments = arguments(scope)
      return [
        KernelCall(
          KernelName(file, Self.name), [.input(0), ties, .output], arguments,
          .row(of: Int(arguments.length), [Int(arguments.lines)]))
      ]
    }
    var sort = Variant("sort", algorithm: "definition", inputs: inputs, output: .plain) { scope in
      let arguments = arguments(scope)
      return [
        KernelCall(
          KernelName(file, "rank_sort"), [.input(0), ties, .scratch(0), .output], arguments,
          .groups(Int(arguments.lines), of: items))
      ]
    }
    sort.scratch = [2 * site.output.elementCount]
    return [definition, sort]
  }

  private func arguments(_ scope: LaunchScope) -> RankArguments {
    let shape = scope.output.shape
    let length = shape[shape.rank - 1]
    return RankArguments(
      lines: Int32(shape.elementCount / length), length: Int32(length),
      hasTies: scope.inputs.count > 1 ? 1 : 0)
  }
}
