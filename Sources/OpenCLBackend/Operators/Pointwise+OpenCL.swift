import Operators
import Tensors

/// The C struct `pointwise_arguments` of `common/pointwise.clh`.
struct PointwiseArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var first: Float
  var second: Float
}

extension OpenCLOperator {
  /// The one variant of a pointwise operator: its kernel file and function carry its name.
  func pointwiseVariants(_ site: OperatorSite, first: Float = 0, second: Float = 0) -> [Variant] {
    let kernel = KernelName("ops/\(Self.name).cl", "\(Self.name)_definition")
    return [
      Variant("definition", inputs: [.any]) { scope in
        let arguments = PointwiseArguments(
          x: scope.inputs[0].argumentOrRow, y: scope.output.argumentOrRow, first: first,
          second: second)
        return [KernelCall(kernel, [.input(0), .output], arguments, arguments.y.walk)]
      }
    ]
  }
}

extension ReLU: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { pointwiseVariants(site) }
}

extension Clamp: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    pointwiseVariants(site, first: lower, second: upper)
  }
}

extension Sigmoid: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { pointwiseVariants(site) }
}

extension SiLU: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { pointwiseVariants(site) }
}

extension HardSigmoid: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    pointwiseVariants(site, first: slope, second: offset)
  }
}

extension HardSwish: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { pointwiseVariants(site) }
}

extension Logarithm: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] { pointwiseVariants(site) }
}

extension Step: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    pointwiseVariants(site, first: lower, second: upper)
  }
}
