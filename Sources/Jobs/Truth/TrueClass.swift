/// The true class of a picture, as far as it is known.
public enum TrueClass: Sendable, Hashable {
  /// Nobody was asked.
  case unstated
  /// The class.
  case known(Int)
  /// A source was asked and does not help; the reason, one line.
  case unknown(String)

  /// The class, where it is known.
  public var index: Int? {
    guard case .known(let index) = self else { return nil }
    return index
  }
}
