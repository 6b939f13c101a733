import Operators
import Tensors

/// The C struct `sgd_update_arguments` of `ops/sgd_update.cl`.
struct SGDUpdateArguments: BitwiseCopyable {
  var count: Int32
  var momentum: Float
  var decay: Float
  var isNesterov: Int32
}

/// The C struct `adamw_update_arguments` of `ops/adamw_update.cl`.
struct AdamWUpdateArguments: BitwiseCopyable {
  var count: Int32
  var beta1: Float
  var beta2: Float
  var logarithm1: Float
  var logarithm2: Float
  var epsilon: Float
  var decay: Float
}

extension OpenCLOperator {
  /// One work-item a weight, which reads what it writes before it does.
  fileprivate func update<Arguments: BitwiseCopyable & Sendable>(
    _ site: OperatorSite, _ arguments: Arguments
  ) -> [Variant] {
    let kernel = KernelName("ops/\(Self.name).cl", Self.name)
    let inputs = site.inputs.map { _ in InputForm.layout(.plain) }
    let operands = site.inputs.indices.map(Operand.input)
    var variant = Variant("definition", inputs: inputs, output: .plain) { scope in
      let size = WorkItems.items(scope.inputs[1].shape.elementCount)
      return [KernelCall(kernel, operands + [.output], arguments, size)]
    }
    variant.overwrites = 0
    return [variant]
  }
}

extension SGDUpdate: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    update(
      site,
      SGDUpdateArguments(
        count: Int32(site.inputs[1][0]), momentum: momentum, decay: decay,
        isNesterov: isNesterov ? 1 : 0))
  }
}

extension AdamWUpdate: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    update(
      site,
      AdamWUpdateArguments(
        count: Int32(site.inputs[1][0]), beta1: beta1, beta2: beta2,
        logarithm1: Float(logarithms.0), logarithm2: Float(logarithms.1), epsilon: epsilon,
        decay: decay))
  }
}
