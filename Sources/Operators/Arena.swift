import Graphs
import Tensors

/// Tensors behind each other in one vector, with zeros between them.
///
/// y[offset[i] + e] = x[i][e], e in row-major order. Each tensor begins at a multiple of `alignment`,
/// and so would the next behind the last.
///
/// Inputs: x of any shapes, without rows. Output: one vector.
public struct Arena: Operator {
  /// The stem of every file about this operator.
  public static let name = "arena"

  /// What offsets are multiples of: a region of a buffer can begin there on every device.
  public static let alignment = 128

  /// The operator; it has no parameters.
  public init() {}

  /// Where tensors of these shapes begin, and at the end the length of the vector.
  public static func offsets(of shapes: [Shape]) -> [Int] {
    shapes.reduce(into: [0]) { offsets, shape in
      let end = offsets[offsets.count - 1] + shape.elementCount
      offsets.append((end + alignment - 1) / alignment * alignment)
    }
  }

  /// The length of the vector.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...Int(Int32.max), takes: "tensors")
    return try Self.sized([Self.offsets(of: inputs)[inputs.count]])
  }

  /// None, and none of the inputs may have any.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    guard inputs.allSatisfy({ $0 == nil }) else {
      throw ShapeError(Self.name, "rows have no fixed place in a vector")
    }
    return nil
  }

  /// Copies tensor by tensor.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    var y = zeroOutput(inputs)
    for (x, offset) in zip(inputs, Self.offsets(of: inputs.map(\.shape))) {
      y.elements.replaceSubrange(offset..<offset + x.elements.count, with: x.elements)
    }
    return y
  }

  /// The part of the upstream gradient that belongs to each tensor.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    var gradients: [Value?] = []
    let shapes = site.inputs.map { graph.shape(of: $0) }
    for (shape, offset) in zip(shapes, Self.offsets(of: shapes)) {
      let part = Slice(axis: 0, range: offset..<offset + shape.elementCount)
      let dy = try graph.add(part, [site.upstream])
      gradients.append(try graph.add(Reshape(shape), [dy]))
    }
    return gradients
  }

  /// Every element moved once.
  public func cost(_ inputs: [Shape]) -> Cost {
    Cost(operations: 0, floats: 2 * outputCount(inputs))
  }
}
