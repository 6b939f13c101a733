import Graphs
import Tensors

/// An operator that computes each element of its output from the same element of its one input.
protocol PointwiseOperator: Operator {
  /// The function.
  func value(_ x: Double) -> Double

  /// What is wrong with the parameters, or nil.
  var complaint: String? { get }
}

extension PointwiseOperator {
  /// Nothing: most have no parameters.
  var complaint: String? { nil }

  /// The shape of x.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...1, takes: "x")
    if let complaint { throw ShapeError(Self.name, complaint) }
    return inputs[0]
  }

  /// The function, element by element.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    HostTensor(inputs[0].shape, inputs[0].elements.map(value))
  }
}
