/// The true classes of a picture, as far as they are known.
public enum TrueClass: Sendable, Hashable {
  /// Nobody was asked.
  case unstated
  /// The class of the largest object, and those of the other objects, if there are any.
  case known(Int, others: [Int] = [])
  /// A source was asked and does not help; the reason, one line.
  case unknown(String)

  /// The class of the largest object, where it is known.
  public var index: Int? {
    guard case .known(let index, _) = self else { return nil }
    return index
  }

  /// The classes of all objects, the largest one's first; none where that is not known.
  public var indices: [Int] {
    guard case .known(let index, let others) = self else { return [] }
    return [index] + others
  }
}
