import Graphs
import Tensors

extension Operator {
  /// Checks what the shape rules rely on: the number of inputs, and the size of each.
  ///
  /// Extents are at least 1 and a tensor has fewer than 2³¹ elements (devices index with 32 bits),
  /// so the product of any two counts fits in an `Int`.
  /// - Throws: `ShapeError` that names the signature.
  static func check(
    _ inputs: [Shape], _ counts: ClosedRange<Int>, takes signature: String
  ) throws(ShapeError) {
    guard counts.contains(inputs.count) else {
      throw ShapeError(name, "takes \(signature), not \(inputs.count) inputs")
    }
    for shape in inputs { _ = try sized(shape) }
  }

  /// Checks as many inputs as there are ranks, each of its rank.
  /// - Throws: `ShapeError` that names the signature.
  static func check(
    _ inputs: [Shape], ranks: [Int], takes signature: String
  ) throws(ShapeError) {
    try check(inputs, ranks.count...ranks.count, takes: signature)
    guard inputs.map(\.rank) == ranks else {
      throw ShapeError(name, "takes \(signature), not \(list(inputs))")
    }
  }

  /// The shape itself, where its extents and its element count are in range.
  /// - Throws: `ShapeError` where they are not.
  static func sized(_ shape: Shape) throws(ShapeError) -> Shape {
    guard shape.extents.allSatisfy({ $0 >= 1 }),
      let count = shape.checkedElementCount, count <= Int(Int32.max)
    else { throw ShapeError(name, "\(shape) is empty or has 2^31 elements or more") }
    return shape
  }

  /// Checks that a tensor has an axis.
  /// - Throws: `ShapeError` where it has not.
  static func check(axis: Int, of shape: Shape) throws(ShapeError) {
    guard shape.extents.indices ~= axis else {
      throw ShapeError(name, "\(shape) has no axis \(axis)")
    }
  }

  /// Shapes as errors write them.
  static func list(_ shapes: [Shape]) -> String {
    shapes.map(\.description).joined(separator: ", ")
  }

  /// The rows of the first input, where no other input has rows: weights never have any.
  /// - Throws: `ShapeError` where another input has rows.
  static func rowsOfFirst(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    guard inputs.dropFirst().allSatisfy({ $0 == nil }) else {
      throw ShapeError(name, "only the first input may have rows")
    }
    return inputs.first ?? nil
  }

  /// Checks that a computation along axis 0 does not mix rows.
  /// - Throws: `ShapeError` where the axis is 0 and some input has rows.
  static func check(axis: Int, keepsRowsOf inputs: [RowAxis?]) throws(ShapeError) {
    guard axis > 0 || inputs.allSatisfy({ $0 == nil }) else {
      throw ShapeError(name, "axis 0 counts rows")
    }
  }

  /// The shape of the output of inputs that were checked when the graph was built.
  func checkedShape(_ inputs: [HostTensor<Double>]) -> Shape {
    do {
      return try outputShape(inputs.map(\.shape))
    } catch {
      preconditionFailure("the shapes were checked when the graph was built: \(error)")
    }
  }

  /// A tensor of zeros in the shape of the output.
  func zeroOutput(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    HostTensor(checkedShape(inputs), filledWith: 0)
  }

  /// The elements of the output, or 0 for inputs that do not fit.
  func outputCount(_ inputs: [Shape]) -> Int {
    (try? outputShape(inputs))?.elementCount ?? 0
  }

  /// A cost where every tensor moves once.
  func cost(_ inputs: [Shape], operations: Int) -> Cost {
    Cost(
      operations: operations,
      floats: inputs.map(\.elementCount).reduce(outputCount(inputs), +))
  }
}

extension Operator {
  /// The one axis that all inputs with rows share.
  /// - Throws: `ShapeError` where they do not.
  @discardableResult
  static func sharedRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    let axes = Set(inputs.compactMap { $0 })
    guard axes.count <= 1 else {
      let names = axes.map(\.name).sorted().joined(separator: " and ")
      throw ShapeError(name, "rows of \(names) cannot meet")
    }
    return axes.first
  }
}
