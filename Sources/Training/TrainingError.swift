import Execution
import Graphs
import Saliency

/// What can go wrong while a network is trained.
public enum TrainingError: Error, Sendable, CustomStringConvertible {
  /// The engine failed.
  case backend(BackendError)
  /// The network cannot be trained.
  case graph(GraphError)
  /// A weight is missing or cannot be read.
  case weights(String)
  /// No layer has a name that fits.
  case unknownLayer(LayerPattern, layers: [String])
  /// Nothing is left to be trained.
  case everythingIsFrozen
  /// The maps of an augmentation cannot be made.
  case explanation(ExplanationError)
  /// A batch does not fit the network, and why.
  case batch(String)
  /// The loss of a step, counted from 1, is NaN or infinite, and the first layer that gives such
  /// numbers, where one is known to; the step was not taken.
  case lossNotFinite(step: Int, layer: LayerName?)

  /// One line that says what, and what to try.
  public var description: String {
    switch self {
    case .backend(let error): error.description
    case .graph(let error): error.description
    case .explanation(let error): error.description
    case .weights(let what): what
    case .unknownLayer(let pattern, let layers):
      "\(pattern): no layer has such a name; the outermost are \(layers.joined(separator: ", "))"
    case .everythingIsFrozen: "every layer is frozen; leave one to be trained"
    case .batch(let what): what
    case .lossNotFinite(let step, let layer):
      "step \(step): the loss is not finite\(layer.map { ", first at layer \($0)" } ?? ""); "
        + "try a smaller learning rate, a warm-up or clipping"
    }
  }
}
