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
    let kernel = KernelName("ops/masked_blend.cl", "masked_blend")
    return [
      Variant("definition", inputs: [.any, .any, .any, .layout(.plain)]) { scope in
        let arguments = MaskedBlendArguments(
          images: scope.inputs[0].argument, baseline: scope.inputs[1].argument,
          mask: scope.inputs[2].argument, y: scope.output.argument)
        let inputs = (0..<4).map(Operand.input)
        return [KernelCall(kernel, inputs + [.output], arguments, arguments.y.walk)]
      }
    ]
  }
}
