/// How far a found tensor lies from an expected one.
///
/// The limit of a comparison is stated on `normalised`: the largest absolute difference over the
/// largest magnitude expected, so that one tolerance means the same for every operator. A value
/// that is not finite where a finite one is expected makes every figure infinite.
public struct ErrorMetrics: Sendable, Equatable {
  /// The largest absolute difference.
  public let maximumAbsolute: Double
  /// The mean absolute difference.
  public let meanAbsolute: Double
  /// The largest absolute difference over the largest expected magnitude (over 1 where all are 0).
  public let normalised: Double
  /// The flat index of the largest difference.
  public let worstIndex: Int
  /// How many elements were compared.
  public let count: Int

  /// Compares two tensors of one shape, element by element.
  /// - Precondition: the shapes are equal.
  public init<A, B>(found: HostTensor<A>, expected: HostTensor<B>) {
    precondition(found.shape == expected.shape, "\(found.shape) against \(expected.shape)")
    var worst = -1.0
    var worstIndex = 0
    var sum = 0.0
    var magnitude = 0.0
    for index in found.elements.indices {
      let truth = Double(expected.elements[index])
      let value = Double(found.elements[index])
      let same = value == truth || (value.isNaN && truth.isNaN)
      let distance = same ? 0 : abs(value - truth)
      let difference = distance.isNaN ? Double.infinity : distance
      sum += difference
      if truth.isFinite { magnitude = max(magnitude, abs(truth)) }
      if difference > worst {
        worst = difference
        worstIndex = index
      }
    }
    self.count = found.elements.count
    self.maximumAbsolute = max(worst, 0)
    self.meanAbsolute = count == 0 ? 0 : sum / Double(count)
    self.normalised = maximumAbsolute / (magnitude > 0 ? magnitude : 1)
    self.worstIndex = worstIndex
  }
}
