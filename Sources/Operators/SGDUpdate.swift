import Graphs
import Tensors

/// A step of stochastic gradient descent with momentum.
///
/// d = g + decay · w; v' = momentum · v + d; w' = w − rate · v', or after Nesterov
/// w' = w − rate · (d + momentum · v'); PyTorch `SGD` without dampening, whose first step is that of
/// v = 0.
///
/// Inputs: state `[2, P]` (w; v), gradient `[P]`, rate `[1]`. Output: the state behind the step.
public struct SGDUpdate: UpdateOperator {
  /// The stem of every file about this operator.
  public static let name = "sgd_update"

  /// Weights and velocities.
  public static let stateRows = 2
  static let scalars = ["rate"]

  /// How much of the velocity is kept, 0 to below 1.
  public var momentum: Float
  /// The weight decay: what part of a weight is added to its gradient.
  public var decay: Float
  /// Whether the step looks ahead along the velocity.
  public var isNesterov: Bool

  /// A rule.
  public init(momentum: Float, decay: Float, isNesterov: Bool) {
    self.momentum = momentum
    self.decay = decay
    self.isNesterov = isNesterov
  }

  var complaint: String? {
    guard momentum >= 0, momentum < 1 else { return "momentum \(momentum) is not in 0..<1" }
    return decay >= 0 && decay.isFinite ? nil : "weight decay \(decay)"
  }

  /// The formula, weight by weight.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (gradient, rate) = (inputs[1], inputs[2][0])
    var state = inputs[0]
    let count = gradient.elements.count
    for place in 0..<count {
      let weight = state[place]
      let slope = gradient[place] + Double(decay) * weight
      let velocity = Double(momentum) * state[count + place] + slope
      let step = isNesterov ? slope + Double(momentum) * velocity : velocity
      state.elements[place] = weight - rate * step
      state.elements[count + place] = velocity
    }
    return state
  }

  /// Three or four multiply-adds for each weight.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 8 * inputs[1].elementCount)
  }
}
