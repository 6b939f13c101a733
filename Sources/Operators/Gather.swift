import Graphs
import Tensors

/// The entries of a table that indices name.
///
/// y[i] = table[index[i]], where an index has k components, one for each of the first k axes of the
/// table; ONNX `GatherND`. An index with a component outside its axis gives zeros.
///
/// Inputs: table `[E1, ..., Ek, rest]`, index `[I..., k]`, whole numbers. Output: `[I..., rest]`, with
/// the rows of index.
public struct Gather: Operator {
  /// The stem of every file about this operator.
  public static let name = "gather"

  /// The operator; it has no parameters.
  public init() {}

  /// `[I..., rest]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let signature = "table [E1, ..., Ek, rest], index [I..., k]"
    try Self.check(inputs, 2...2, takes: signature)
    let (table, index) = (inputs[0], inputs[1])
    guard let components = index.extents.last, components <= table.rank else {
      throw ShapeError(Self.name, "takes \(signature), not \(Self.list(inputs))")
    }
    return try Self.sized(Shape(index.extents.dropLast() + table.extents.dropFirst(components)))
  }

  /// The rows of index.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    inputs.last ?? nil
  }

  /// Copies block by block.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (table, index) = (inputs[0], inputs[1])
    let components = index.shape[index.shape.rank - 1]
    let size = table.shape.extents.dropFirst(components).reduce(1, *)
    var y = zeroOutput(inputs)
    for entry in 0..<index.elements.count / components {
      let name = index.elements[entry * components..<(entry + 1) * components]
      guard let start = table.shape.block(name) else { continue }
      for place in 0..<size { y[entry * size + place] = table[start + place] }
    }
    return y
  }

  /// Each upstream entry added where it came from; an index has no derivative.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let (table, index) = (site.inputs[0], site.inputs[1])
    return [try graph.add(ScatterAdd(), [site.upstream, index, table]), nil]
  }

  /// The output read and written once, and the index.
  public func cost(_ inputs: [Shape]) -> Cost {
    Cost(operations: 0, floats: 2 * outputCount(inputs) + inputs[1].elementCount)
  }
}
