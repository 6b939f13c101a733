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

/// The true classes of pictures, and how the words of their source were read.
public struct TrueClasses: Sendable {
  /// The class of each picture.
  public let classes: [TrueClass]
  /// Whether a word stood for the class at its place, for want of names on one side.
  public let areByPosition: Bool
}

/// What the words of a source stand for.
struct WordClasses {
  let classes: [String: TrueClass]
  /// Whether a word stands for the class at its place, for want of names on one side.
  let areByPosition: Bool

  /// Whether a word is the number of a class in WordNet, `n02123045`, and so no name.
  static func isNumber(_ word: String) -> Bool {
    word.utf8.count == 9 && word.first == "n" && word.dropFirst().allSatisfy(\.isWholeNumber)
  }
}
