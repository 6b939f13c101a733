import Graphs
import Tensors

/// A table of sums: each value is added to the entry that its index names.
///
/// y[e] = Σ values[i] over all i with index[i] = e, in the order of i: the adjoint of `Gather`. Values
/// whose index has a component outside its axis are left out.
///
/// Inputs: values `[I..., rest]`, index `[I..., k]`, like `[E1, ..., Ek, rest]`, of which only the
/// shape and the rows count. Output: the shape and the rows of like.
public struct ScatterAdd: Operator {
  /// The stem of every file about this operator.
  public static let name = "scatter_add"

  /// The operator; it has no parameters.
  public init() {}

  /// The shape of like.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(
      inputs, 3...3, takes: "values [I..., rest], index [I..., k], like [E1, ..., Ek, rest]")
    let gathered = try Gather().outputShape([inputs[2], inputs[1]])
    guard gathered == inputs[0] else {
      throw ShapeError(Self.name, "values \(inputs[0]), but the index names \(gathered)")
    }
    return inputs[2]
  }

  /// The rows of like.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    guard inputs.count == 3, inputs[0] == inputs[1] else {
      throw ShapeError(Self.name, "values and index count different rows")
    }
    return inputs[2]
  }

  /// Adds block by block.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (values, index) = (inputs[0], inputs[1])
    let components = index.shape[index.shape.rank - 1]
    var y = zeroOutput(inputs)
    let size = y.shape.extents.dropFirst(components).reduce(1, *)
    for entry in 0..<index.elements.count / components {
      let name = index.elements[entry * components..<(entry + 1) * components]
      guard let start = y.shape.block(name) else { continue }
      for place in 0..<size { y[start + place] += values[entry * size + place] }
    }
    return y
  }

  /// For the values, the upstream entries that they went to; zero for index and like.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(Gather(), [site.upstream, site.inputs[1]]), nil, nil]
  }

  /// One addition for each value; like is not read.
  public func cost(_ inputs: [Shape]) -> Cost {
    let values = inputs[0].elementCount
    return Cost(
      operations: values, floats: values + inputs[1].elementCount + outputCount(inputs))
  }
}
