import Execution
import Graphs
import Jobs
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
  /// Only statistics of normalisations have names that fit; they stay with the weights of these.
  case onlyStatistics(LayerPattern)
  /// Nothing is left to be trained.
  case everythingIsFrozen
  /// What a run is to go on from is that of another network or optimiser.
  case otherState
  /// The maps of an augmentation cannot be made.
  case explanation(ExplanationError)
  /// A batch does not fit the network, and why.
  case batch(String)
  /// A rank of the run cannot go on, and why.
  case rank(Failure)
  /// The loss of a step, counted from 1, is NaN or infinite, and the first layer that gives such
  /// numbers, where one is known to; the step was not taken.
  case lossNotFinite(step: Int, layer: LayerName?)

  /// The error of an explanation, those of engine and graph as such.
  init(_ error: ExplanationError) {
    switch error {
    case .backend(let error): self = .backend(error)
    case .graph(let error): self = .graph(error)
    default: self = .explanation(error)
    }
  }

  /// One line that says what, and what to try.
  public var description: String { Failure(self, trainedOn: "the device").description }
}
