import Tensors

/// What can be wrong with a graph.
public enum GraphError: Error, Hashable, CustomStringConvertible {
  /// An operator cannot take its inputs.
  case shape(ShapeError, inputs: [Shape])
  /// No output was named.
  case noOutput
  /// The derivative of `from` with respect to a value is asked for, and no path leads there.
  case noPath(to: String)
  /// A formula cannot be built for this network, and why.
  case unsuitable(String)

  /// One line that says what does not fit.
  public var description: String {
    switch self {
    case .shape(let error, let inputs):
      "\(error) (inputs \(inputs.map(\.description).joined(separator: ", ")))"
    case .noOutput: "the graph has no output"
    case .noPath(let name): "no differentiable path leads to \(name)"
    case .unsuitable(let reason): reason
    }
  }
}
