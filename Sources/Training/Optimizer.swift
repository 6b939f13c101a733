import Graphs
import Operators

/// A rule by which weights follow their gradients.
public enum Optimizer: Sendable, Hashable {
  /// Stochastic gradient descent: `SGDUpdate`.
  case sgd(momentum: Float = 0.9, weightDecay: Float = 0, isNesterov: Bool = false)
  /// Adam with decoupled weight decay: `AdamWUpdate`.
  case adamW(
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01)

  /// The rows of its state: the weights, and what it remembers of each.
  public var stateRows: Int {
    switch self {
    case .sgd: SGDUpdate.stateRows
    case .adamW: AdamWUpdate.stateRows
    }
  }

  /// The state behind a step.
  /// - Parameters:
  ///   - state: `[stateRows, P]`.
  ///   - gradient: `[P]`.
  ///   - rate: the learning rate, `[1]`.
  ///   - step: the number of the step, counted from 1, `[1]`.
  ///   - graph: where the step is added.
  /// - Returns: the shape of the state.
  /// - Throws: `GraphError` where shapes or numbers of the rule do not fit.
  func update(
    _ state: Value, _ gradient: Value, rate: Value, step: Value, in graph: inout GraphBuilder
  ) throws(GraphError) -> Value {
    switch self {
    case .sgd(let momentum, let decay, let isNesterov):
      let rule = SGDUpdate(momentum: momentum, decay: decay, isNesterov: isNesterov)
      return try graph.add(rule, [state, gradient, rate])
    case .adamW(let beta1, let beta2, let epsilon, let decay):
      let rule = AdamWUpdate(beta1: beta1, beta2: beta2, epsilon: epsilon, decay: decay)
      return try graph.add(rule, [state, gradient, rate, step])
    }
  }
}
