import Graphs
import Tensors

/// A one at the place that an index names, and zeros elsewhere.
///
/// y[..., d] = 1 if d = index[...], else 0; ONNX `OneHot` on the last axis. An index outside
/// 0 ..< depth gives zeros. It has no derivative.
///
/// Input: index `[..., 1]`, whole numbers. Output: `[..., depth]`.
public struct OneHot: Operator {
  /// The stem of every file about this operator.
  public static let name = "one_hot"

  /// The number of places.
  public var depth: Int

  /// A code of so many places.
  public init(depth: Int) {
    self.depth = depth
  }

  /// `[..., depth]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...1, takes: "index [..., 1]")
    guard inputs[0].extents.last == 1 else {
      throw ShapeError(Self.name, "takes index [..., 1], not \(inputs[0])")
    }
    return try Self.sized(inputs[0].with(depth, along: inputs[0].rank - 1))
  }

  /// The formula.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    HostTensor(checkedShape(inputs)) { flat in
      inputs[0][flat / depth] == Double(flat % depth) ? 1 : 0
    }
  }
}
