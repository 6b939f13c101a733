import Tensors

/// One kind of computation with its parameters, as a value: one output from some inputs.
///
/// An operator knows its shape rule, its definition in double precision, its derivative written
/// with other operators, and its cost. It never knows a device. Shapes are logical; the leading
/// extent of a value that has rows is 1 while a graph is built and the true number when it runs,
/// so parameters never hold a number of rows.
public protocol Operator: Sendable, Hashable {
  /// The stem of every file about this operator, `conv2d`.
  static var name: String { get }

  /// The shape of the output.
  /// - Throws: `ShapeError` where the inputs do not fit.
  func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape

  /// The axis that the rows of the output count; nil where the output has no rows.
  ///
  /// By default the one axis that all inputs with rows share.
  /// - Throws: `ShapeError` where inputs of different axes meet.
  func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis?

  /// The definition: plain loops in double precision over inputs that fit the shape rule.
  func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double>

  /// The derivative: one value for each input, built with other operators.
  ///
  /// Nil for an input whose derivative is zero or undefined by definition. By default nil for all.
  func gradient(_ site: GradientSite, in graph: inout GraphBuilder) throws(GraphError) -> [Value?]

  /// The arithmetic and the memory traffic of one call.
  func cost(_ inputs: [Shape]) -> Cost
}

extension Operator {
  /// The name of the operator of this value.
  public var name: String { Self.name }

  /// The one axis that all inputs with rows share.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    let axes = Set(inputs.compactMap { $0 })
    guard axes.count <= 1 else {
      let names = axes.map(\.name).sorted().joined(separator: " and ")
      throw ShapeError(Self.name, "rows of \(names) cannot meet")
    }
    return axes.first
  }

  /// Not differentiable: nil for every input.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    site.inputs.map { _ in nil }
  }

  /// One operation for each output element, every input read and the output written once.
  public func cost(_ inputs: [Shape]) -> Cost {
    let outputs = (try? outputShape(inputs))?.elementCount ?? 0
    return Cost(operations: outputs, floats: inputs.map(\.elementCount).reduce(outputs, +))
  }

  func isEqual(to other: any Operator) -> Bool {
    guard let other = other as? Self else { return false }
    return self == other
  }
}

/// The arithmetic and the memory traffic of one operator call: its place under the roofline.
public struct Cost: Sendable, Hashable {
  /// Floating-point operations; a multiply-add counts as two.
  public var floatingPointOperations: Int
  /// Bytes read and written when every tensor moves once.
  public var byteCount: Int

  /// A cost of so many operations, and so many floats moved.
  public init(operations: Int, floats: Int) {
    self.floatingPointOperations = operations
    self.byteCount = floats * 4
  }

  /// The cost of two calls.
  public static func + (left: Cost, right: Cost) -> Cost {
    var sum = left
    sum.floatingPointOperations += right.floatingPointOperations
    sum.byteCount += right.byteCount
    return sum
  }
}

/// Inputs that an operator cannot take.
public struct ShapeError: Error, Hashable, CustomStringConvertible {
  /// The operator's name.
  public let operatorName: String
  /// What does not fit, with the shapes.
  public let reason: String

  /// An error of one operator.
  public init(_ operatorName: String, _ reason: String) {
    self.operatorName = operatorName
    self.reason = reason
  }

  /// `conv2d: 3 channels against weights for 4`.
  public var description: String { "\(operatorName): \(reason)" }
}
