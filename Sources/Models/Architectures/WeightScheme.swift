import Tensors

/// How torchvision's constructors begin the filters and linear layers of an architecture.
///
/// Batch normalisations begin as the identity, biases of filters at 0, in all of them.
package struct WeightScheme: Sendable {
  /// A rule for the weights of a layer; fan-in and fan-out are the products of the extents behind
  /// the first axis, and of all but the second.
  package enum Rule: Sendable {
    /// Normal of variance 2 / fan-out: He et al. 2015, with the mode that keeps gradients.
    case heFanOut
    /// Normal of variance 2 / fan-in.
    case heFanIn
    /// Even over ±1/√fan-in: what PyTorch does where nothing is asked for.
    case evenFanIn
    /// Normal of deviation 0.01.
    case small

    /// The rule for weights of this shape.
    func initialisation(_ shape: Shape) -> Initialisation {
      let fanIn = Double(shape.row.elementCount)
      let fanOut = Double(shape.elementCount / shape[1])
      switch self {
      case .heFanOut: return .normal(deviation: (2 / fanOut).squareRoot())
      case .heFanIn: return .normal(deviation: (2 / fanIn).squareRoot())
      case .evenFanIn: return .uniform(limit: 1 / fanIn.squareRoot())
      case .small: return .normal(deviation: 0.01)
      }
    }
  }

  /// For the filters of convolutions.
  let filters: Rule
  /// For the weights of linear layers.
  let linear: Rule
  /// Whether biases of linear layers are spread as their weights are, and do not begin at 0.
  let spreadsLinearBias: Bool

  /// A scheme.
  package init(filters: Rule, linear: Rule, spreadsLinearBias: Bool) {
    self.filters = filters
    self.linear = linear
    self.spreadsLinearBias = spreadsLinearBias
  }
}
