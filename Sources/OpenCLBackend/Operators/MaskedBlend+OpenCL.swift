import Operators
import Tensors

/// The C struct `masked_blend_arguments` of `ops/masked_blend.cl`.
struct MaskedBlendArguments: BitwiseCopyable {
  var images: TensorArgument
  var baseline: TensorArgument
  var mask: TensorArgument
  var y: TensorArgument
}

extension MaskedBlend: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    func variant(
      _ name: String, _ kernel: String, _ form: InputForm,
      _ size: @escaping @Sendable (LaunchScope) -> WorkItems
    ) -> Variant {
      Variant(
        name, algorithm: "definition", inputs: [form, form, form, .layout(.plain)],
        output: form == .any ? nil : .plain
      ) { scope in
        let arguments = MaskedBlendArguments(
          images: scope.inputs[0].argument, baseline: scope.inputs[1].argument,
          mask: scope.inputs[2].argument, y: scope.output.argument)
        let inputs = (0..<4).map(Operand.input)
        return [
          KernelCall(
            KernelName("ops/masked_blend.cl", kernel), inputs + [.output], arguments, size(scope))
        ]
      }
    }
    let definition = variant("definition", "masked_blend", .any) { $0.output.argument.walk }
    guard site.hasPixelRows else { return [definition] }
    let rows = variant("rows", "masked_blend_rows", .layout(.plain)) {
      $0.output.argument.pixelRows
    }
    return [definition, rows]
  }
}
