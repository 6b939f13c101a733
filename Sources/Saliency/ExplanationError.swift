import Execution
import Graphs

/// What can go wrong while explaining.
public enum ExplanationError: Error, Sendable, CustomStringConvertible {
  /// The engine failed.
  case backend(BackendError)
  /// A formula does not fit the network.
  case graph(GraphError)
  /// A layer is not in the network.
  case unknownLayer(LayerName, nearest: [LayerName])
  /// A tensor holds NaN or infinity for a target.
  case notFinite(tensor: String, target: Int)
  /// The method cannot explain this network, and why.
  case unsuitable(String)

  /// One line.
  public var description: String {
    switch self {
    case .backend(let error): error.description
    case .graph(let error): error.description
    case .unknownLayer(let name, let nearest):
      nearest.isEmpty
        ? "\(name): no such layer"
        : "\(name): no such layer; nearest: \(nearest.map(\.text).joined(separator: ", "))"
    case .notFinite(let tensor, _): "\(tensor) hold NaN or infinity"
    case .unsuitable(let reason): reason
    }
  }
}
