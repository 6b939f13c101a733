import Tensors

/// The sum of tensors of one shape, added from first to last.
///
/// y = x[0] + x[1] + ... It lives here because differentiation itself needs it, where a value has
/// several consumers.
public struct Accumulate: Operator {
  /// The stem of every file about this operator.
  public static let name = "accumulate"

  /// The operator; it has no parameters.
  public init() {}

  /// The common shape.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard let first = inputs.first else { throw ShapeError(Self.name, "no inputs") }
    for shape in inputs where shape != first {
      throw ShapeError(Self.name, "\(shape) added to \(first)")
    }
    guard let count = first.checkedElementCount, count <= Int(Int32.max) else {
      throw ShapeError(Self.name, "\(first) has 2^31 elements or more")
    }
    return first
  }

  /// Adds element by element.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    HostTensor(inputs[0].shape) { index in
      inputs.dropFirst().reduce(inputs[0][index]) { $0 + $1[index] }
    }
  }

  /// The upstream gradient, for every input.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    site.inputs.map { _ in site.upstream }
  }
}
