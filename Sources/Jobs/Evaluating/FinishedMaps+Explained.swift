extension FinishedMaps {
  /// What a map explains.
  struct Explained: Sendable, Hashable {
    /// The target as it was written, in every way.
    var texts: Set<String>
    /// Its class; nil where it has none.
    let classIndex: Int?
    /// Whether it is the plain logit of the class.
    let isPlain: Bool

    /// Whether a map of one is a map of the other, as they were written.
    func isWritten(as other: Explained) -> Bool { !texts.isDisjoint(with: other.texts) }

    /// Whether both are of one class; nil where nobody says.
    func explainsSameClass(as other: Explained) -> Bool? {
      guard let classIndex, let otherIndex = other.classIndex else { return nil }
      return classIndex == otherIndex
    }

    /// Whether both are the plain logit of one class.
    func isLogit(of other: Explained) -> Bool {
      isPlain && other.isPlain && explainsSameClass(as: other) ?? false
    }
  }
}

extension FinishedMaps.Explained {
  /// What the map of a line of `results.jsonl` explains: a target, and its class there.
  init(_ text: String, _ record: JSONValue) {
    let lower = text.lowercased()
    self.init(
      texts: [text], classIndex: record["target"]?["index"]?.integer,
      isPlain: !["not:", "prob:", "logprob:"].contains { lower.hasPrefix($0) })
  }
}
