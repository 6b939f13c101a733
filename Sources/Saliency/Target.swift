import Graphs
import Tensors

/// What is explained: a number computed from the outputs of the network for one image.
///
/// A target is run-time data, a row of a seed tensor; it is never a reason to recompile. Only its
/// head is structure.
public struct Target: Sendable, Hashable {
  /// The value that is differentiated.
  public enum Head: Sendable, Hashable {
    /// The weighted outputs before softmax or sigmoid, y = Σ w·z.
    case logit
    /// The weighted probabilities.
    case probability
    /// The logarithm of the weighted probabilities.
    case logProbability
    /// A number computed from any outputs; the choice of classes does not count.
    case expression(Expression)
  }

  /// An output of the network and its weight in the target.
  public struct Output: Sendable, Hashable {
    /// The index of the output, from 0.
    public var index: Int
    /// Its weight.
    public var weight: Float

    /// An output with a weight.
    public init(index: Int, weight: Float = 1) {
      self.index = index
      self.weight = weight
    }
  }

  /// Which outputs the target reads.
  public enum Choice: Sendable, Hashable {
    /// The k-th most likely class of the clean image, from 1; the lowest index wins a tie.
    case top(Int)
    /// These outputs; repeated ones add.
    case outputs([Output])
  }

  /// How masks are scored for the target.
  public enum Score: Sendable, Hashable {
    /// The class's probability under the score function of the network.
    case probability
    /// The value of the target itself: contrasts, expressions, regression.
    case value
  }

  /// The image, as its place in `Probe.images`.
  public var image: Int
  /// The value that is differentiated.
  public var head: Head
  /// Which outputs it reads.
  public var choice: Choice
  /// Whether the target is negated: evidence against.
  public var negated: Bool
  /// How masks are scored.
  public var score: Score

  /// What is computed where the target is no class.
  public var expression: Expression? {
    guard case .expression(let expression) = head else { return nil }
    return expression
  }

  /// Whether masks are scored by the value of the target itself.
  var isScoredByValue: Bool { score == .value || expression != nil }

  /// A target that is a number computed from any outputs.
  public init(image: Int, _ expression: Expression, negated: Bool = false) {
    self.init(
      image: image, choice: .outputs([]), head: .expression(expression), negated: negated,
      score: .value)
  }

  /// A target.
  public init(
    image: Int, choice: Choice, head: Head = .logit, negated: Bool = false,
    score: Score = .probability
  ) {
    self.image = image
    self.choice = choice
    self.head = head
    self.negated = negated
    self.score = score
  }
}

/// How outputs become the scores of masks: what ended the network, or what the user says.
public enum ScoreFunction: String, Sendable, Hashable, CaseIterable {
  /// Softmax over the outputs.
  case softmax
  /// Each output through a sigmoid: one output, or several independent labels.
  case sigmoid
  /// The outputs as they are.
  case raw
}
