import Graphs
import Tensors

/// A step of Adam with decoupled weight decay.
///
/// m' = m + (1 − β1) · (g − m); v' = β2 · v + (1 − β2) · g²;
/// w' = w · (1 − rate · decay) − rate / (1 − β1^t) · m' / (√(v' / (1 − β2^t)) + ε), t the number of
/// the step: Loshchilov and Hutter 2019, algorithm 2; PyTorch `AdamW`.
///
/// Inputs: state `[3, P]` (w; m; v), gradient `[P]`, rate `[1]`, step `[1]`, counted from 1. Output:
/// the state behind the step.
public struct AdamWUpdate: UpdateOperator {
  /// The stem of every file about this operator.
  public static let name = "adamw_update"

  /// Weights, first and second moments.
  public static let stateRows = 3
  static let scalars = ["rate", "step"]

  /// How much of the first moment is kept, 0 to below 1.
  public var beta1: Float
  /// How much of the second moment is kept, 0 to below 1.
  public var beta2: Float
  /// What is added to the root of the second moment.
  public var epsilon: Float
  /// The weight decay, times the rate.
  public var decay: Float

  /// A rule.
  public init(beta1: Float, beta2: Float, epsilon: Float, decay: Float) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.decay = decay
  }

  /// The natural logarithms of β1 and β2; −infinity for 0.
  package var logarithms: (Double, Double) {
    (naturalLogarithm(Double(beta1)), naturalLogarithm(Double(beta2)))
  }

  var complaint: String? {
    guard beta1 >= 0, beta1 < 1, beta2 >= 0, beta2 < 1 else {
      return "betas \(beta1) and \(beta2) are not in 0..<1"
    }
    guard epsilon > 0, epsilon.isFinite else { return "epsilon \(epsilon)" }
    return decay >= 0 && decay.isFinite ? nil : "weight decay \(decay)"
  }

  /// The formula, weight by weight.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (gradient, rate, step) = (inputs[1], inputs[2][0], inputs[3][0])
    var state = inputs[0]
    let count = gradient.elements.count
    let first = 1 - exponential(step * logarithms.0)
    let second = 1 - exponential(step * logarithms.1)
    for place in 0..<count {
      let g = gradient[place]
      let mean = state[count + place] + (1 - Double(beta1)) * (g - state[count + place])
      let square = Double(beta2) * state[2 * count + place] + (1 - Double(beta2)) * g * g
      let root = (square / second).squareRoot() + Double(epsilon)
      let weight = state[place] * (1 - rate * Double(decay))
      state.elements[place] = weight - rate / first * mean / root
      state.elements[count + place] = mean
      state.elements[2 * count + place] = square
    }
    return state
  }

  /// About a dozen operations for each weight.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 12 * inputs[1].elementCount)
  }
}
