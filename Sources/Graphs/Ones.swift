import Tensors

/// A tensor of ones in the shape of another: the seed of a backward pass.
public struct Ones: Operator {
  /// The stem of every file about this operator.
  public static let name = "ones"

  /// The operator; it has no parameters.
  public init() {}

  /// The shape of the one input.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs.count == 1 else { throw ShapeError(Self.name, "takes one input") }
    guard let count = inputs[0].checkedElementCount, count <= Int(Int32.max) else {
      throw ShapeError(Self.name, "\(inputs[0]) has 2^31 elements or more")
    }
    return inputs[0]
  }

  /// Ones; the values of the input do not matter, so its derivative is zero.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    HostTensor(inputs[0].shape, filledWith: 1)
  }
}
