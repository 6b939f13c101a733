import Operators

/// The learning rate of each step.
///
/// In the warm-up it grows by the same amount from step to step and reaches the base rate in its last
/// step; behind it decays.
public struct Schedule: Sendable, Hashable {
  /// How the rate falls behind the warm-up.
  public enum Decay: Sendable, Hashable {
    /// Not at all.
    case constant
    /// By a factor every so many epochs, warm-up included.
    case step(epochs: Int, factor: Double)
    /// Along half a cosine, to zero behind the last step: Loshchilov and Hutter 2017, eq. 5.
    case cosine

    /// Reads `constant`, `cosine` or `step:EPOCHS:FACTOR`; nil for anything else.
    public init?(_ text: String) {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      switch (parts[0], parts.count) {
      case ("constant", 1): self = .constant
      case ("cosine", 1): self = .cosine
      case ("step", 3):
        guard let epochs = Int(parts[1]), epochs > 0, let factor = Double(parts[2]),
          factor > 0, factor.isFinite
        else { return nil }
        self = .step(epochs: epochs, factor: factor)
      default: return nil
      }
    }
  }

  /// The rate before it decays.
  public var base: Double
  /// How it falls.
  public var decay: Decay
  /// The epochs of the warm-up.
  public var warmUpEpochs: Int
  /// All epochs.
  public var epochs: Int
  /// The steps of an epoch.
  public var stepsPerEpoch: Int

  /// A schedule.
  public init(
    base: Double, decay: Decay = .constant, warmUpEpochs: Int = 0, epochs: Int,
    stepsPerEpoch: Int
  ) {
    self.base = base
    self.decay = decay
    self.warmUpEpochs = warmUpEpochs
    self.epochs = epochs
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// The rate of a step, counted from 0.
  public func rate(at step: Int) -> Float {
    let warmUp = warmUpEpochs * stepsPerEpoch
    guard step >= warmUp else { return Float(base * Double(step + 1) / Double(warmUp)) }
    switch decay {
    case .constant: return Float(base)
    case .step(let epochs, let factor):
      let falls = step / stepsPerEpoch / epochs
      return Float((0..<falls).reduce(base) { rate, _ in rate * factor })
    case .cosine:
      let rest = max(epochs * stepsPerEpoch - warmUp, 1)
      let done = min(Double(step - warmUp) / Double(rest), 1)
      return Float(base * (1 + cosine(turns: done / 2)) / 2)
    }
  }
}
