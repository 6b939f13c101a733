import Graphs
import Tensors

/// The place of each element in the order of its list: how many come before it.
///
/// Lists lie along the last axis. Greater elements come first; of equal ones the one with the
/// smaller tie, where ties are given, then the one that stands first. A list of n elements gets
/// 0 ..< n, each once. −0 equals 0; NaN is greater than every number.
///
/// Inputs: x `[..., E]`, optionally ties of the same shape. Output: the same shape.
public struct Rank: Operator {
  /// The stem of every file about this operator.
  public static let name = "rank"

  /// The longest list: larger floats are not all whole numbers.
  static let mostElements = 1 << 24

  /// The operator; it has no parameters.
  public init() {}

  /// The shape of x.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...2, takes: "x and optionally ties of its shape")
    guard let last = inputs[0].extents.last, last <= Self.mostElements else {
      throw ShapeError(Self.name, "lists of at most \(Self.mostElements) along \(inputs[0])")
    }
    if inputs.count == 2, inputs[1] != inputs[0] {
      throw ShapeError(Self.name, "ties \(inputs[1]) for \(inputs[0])")
    }
    return inputs[0]
  }

  /// Sorts each list.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    var y = zeroOutput(inputs)
    for list in inputs[0].shape.indices(reducing: [inputs[0].shape.rank - 1]) {
      let values = list.map { inputs[0][$0] }
      let ties = list.map { inputs.count > 1 ? inputs[1][$0] : 0 }
      let order = values.indices.sorted { a, b in
        if Self.isBelow(values[b], values[a]) { return true }
        if Self.isBelow(values[a], values[b]) { return false }
        if Self.isBelow(ties[a], ties[b]) { return true }
        return !Self.isBelow(ties[b], ties[a]) && a < b
      }
      for (rank, place) in order.enumerated() { y[list[place]] = Double(rank) }
    }
    return y
  }

  private static func isBelow(_ a: Double, _ b: Double) -> Bool {
    a < b || (b.isNaN && !a.isNaN)
  }

  /// Nothing: a rank is constant wherever it is continuous.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    site.inputs.map { _ in nil }
  }

  /// Eight passes of a radix sort for each input.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 16 * inputs.count * outputCount(inputs))
  }
}
