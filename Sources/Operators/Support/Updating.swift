import Graphs
import Tensors

/// An operator that moves weights along their gradient.
///
/// Its state has the weights in row 0 and what the rule remembers of earlier steps below. Weights of
/// different tensors lie in one `Arena`, so that a step is one call.
protocol UpdateOperator: Operator {
  /// The rows of the state.
  static var stateRows: Int { get }
  /// What the inputs behind state and gradient are, one number each.
  static var scalars: [String] { get }
  /// What is wrong with the parameters, or nil.
  var complaint: String? { get }
}

extension UpdateOperator {
  /// The shape of the state.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let names = Self.scalars.map { "\($0) [1]" }.joined(separator: ", ")
    let signature = "state [\(Self.stateRows), P], gradient [P], \(names)"
    let count = 2 + Self.scalars.count
    try Self.check(inputs, count...count, takes: signature)
    if let complaint { throw ShapeError(Self.name, complaint) }
    guard inputs[1].rank == 1, inputs[0] == [Self.stateRows, inputs[1][0]],
      inputs.dropFirst(2).allSatisfy({ $0 == [1] })
    else { throw ShapeError(Self.name, "takes \(signature), not \(Self.list(inputs))") }
    return inputs[0]
  }

  /// Refused: an update is not differentiated.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    throw .unsuitable("the derivative of \(Self.name) is not available")
  }
}
