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
  /// The variants of a pointwise operator: its kernel file and functions carry its name.
  /// - Parameters:
  ///   - site: where the operator runs.
  ///   - first: its first parameter.
  ///   - second: its second parameter.
  ///   - isLight: whether it is a few instructions, so that computing 16 channels at a time pays.
  /// - Returns: the definition, and above it 16 channels at a time.
  func pointwiseVariants(
    _ site: OperatorSite, first: Float = 0, second: Float = 0, isLight: Bool = true
  ) -> [Variant] {
    func variant(
      _ name: String, _ input: InputForm, _ size: @escaping @Sendable (TensorArgument) -> WorkItems
    ) -> Variant {
      let kernel = KernelName("ops/\(Self.name).cl", "\(Self.name)_\(name)")
      let output: Layout? = input == .any ? nil : .blocked
      return Variant(name, algorithm: "definition", inputs: [input], output: output) { scope in
        let arguments = PointwiseArguments(
          x: scope.inputs[0].argumentOrRow, y: scope.output.argumentOrRow, first: first,
          second: second)
        return [KernelCall(kernel, [.input(0), .output], arguments, size(arguments.y))]
      }
    }
    let definition = variant("definition", .any) { $0.walk }
    guard isLight, site.hasLanes else { return [definition] }
    return [definition, variant("lanes", .layout(.blocked)) { $0.runs }]
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
  package func variants(at site: OperatorSite) -> [Variant] {
    pointwiseVariants(site, isLight: false)
  }
}

extension SiLU: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    pointwiseVariants(site, isLight: false)
  }
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
  package func variants(at site: OperatorSite) -> [Variant] {
    pointwiseVariants(site, isLight: false)
  }
}

extension SquareRoot: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    pointwiseVariants(site, isLight: false)
  }
}

extension Step: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    pointwiseVariants(site, first: lower, second: upper)
  }
}
