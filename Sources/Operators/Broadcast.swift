import Graphs
import Tensors

/// A tensor repeated to the shape of another.
///
/// y = x, repeated along every axis where x has extent 1 or no extent; ONNX `Expand`. The adjoint of
/// a sum.
///
/// Inputs: x, and like, of which only the shape and the rows count. Output: the shape of like.
public struct Broadcast: Operator {
  /// The stem of every file about this operator.
  public static let name = "broadcast"

  /// The operator; it has no parameters.
  public init() {}

  /// The shape of like.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 2...2, takes: "x, like")
    let (x, like) = (inputs[0], inputs[1])
    let fits = like.extents.indices.allSatisfy { axis in
      let extent = x.extent(axis, ofRank: like.rank)
      return extent == 1 || extent == like[axis]
    }
    guard x.rank <= like.rank, fits else {
      throw ShapeError(Self.name, "\(x) does not broadcast to \(like)")
    }
    return like
  }

  /// Repeats the elements.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    inputs[0].broadcast(to: inputs[1].shape)
  }

  /// The sum over the repetitions for x; zero for like.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.sum(site.upstream, to: site.inputs[0]), nil]
  }

  /// x read and the output written once; like is not read.
  public func cost(_ inputs: [Shape]) -> Cost {
    Cost(operations: 0, floats: inputs[0].elementCount + outputCount(inputs))
  }
}
