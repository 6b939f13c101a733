import Saliency

extension TargetContext {
  /// Whether a text is a formula over outputs and no class.
  ///
  /// A formula names an output or has marks that only formulas have. What a label reads is a label.
  func isExpression(_ text: String) -> Bool {
    if labelled(text) || Self.isIndex(text[...]) { return false }
    if let pair = contrast(text), labelled(pair.0) || labelled(pair.1) { return false }
    return text.contains { "[]()*".contains($0) } || names(text)
  }

  /// Whether a text has the name of an output as a word of its own.
  private func names(_ text: String) -> Bool {
    outputs.contains { output in
      guard !Self.isIndex(output.name[...]), !output.name.isEmpty else { return false }
      let (text, name) = (Array(text), Array(output.name))
      guard text.count >= name.count else { return false }
      return (0...text.count - name.count).contains { start in
        let end = start + name.count
        return Array(text[start..<end]) == name
          && (start == 0 || !Self.isWord(text[start - 1]))
          && (end == text.count || !Self.isWord(text[end]))
      }
    }
  }

  private static func isWord(_ mark: Character) -> Bool {
    mark.isLetter || mark.isNumber || mark == "_"
  }

  /// The target of a formula; `base` is the end of `text`, behind `not:`.
  func expression(
    _ base: String, _ form: Form, _ text: String
  ) throws(Failure) -> TargetRequest {
    guard form.head == .logit else {
      throw Failure(
        .usage, "--target '\(text)'", "prob: and logprob: are of a class, not of an expression",
        try: "leave them out")
    }
    var parser = ExpressionParser(text, from: text.count - base.count, outputs: outputs)
    do throws(ExpressionParser.Complaint) {
      let expression = try parser.parse()
      return TargetRequest(
        text: text, name: Self.hashed("\(form.prefix)\(expression.spelled(outputs))"),
        choice: .outputs([]), head: .expression(expression), isNegated: form.negated,
        score: .value, index: nil)
    } catch {
      throw Failure(
        .usage, "--target '\(text)'", "column \(error.column): \(error.what)", try: error.hint)
    }
  }

  /// The failure of a class of a network that gives maps only.
  func noClasses(_ text: String) -> Failure {
    guard let first = outputs.first else {
      return Failure(.usage, "--target \(text)", "the network gives no list of classes")
    }
    let list = outputs.prefix(6).map(\.description).joined(separator: ", ")
    let example = first.name + (first.shape.rank > 0 ? "[0].mean()" : "")
    return Failure(
      .usage, "--target \(text)", "the network gives no list of classes, but \(list)",
      try: "give a number of these, such as --target '\(example)'")
  }
}

extension Expression {
  /// The expression in one spelling, by which two texts are told apart.
  func spelled(_ outputs: [NamedOutput]) -> String {
    switch self {
    case .number(let number): return "\(number)"
    case .output(let place, let picks):
      let name = outputs.first { $0.place == place }?.name ?? "\(place)"
      let indices = picks.map { pick in
        switch pick {
        case .index(let index): "\(index)"
        case .range(let first, let last): "\(first):\(last.map(String.init) ?? "")"
        }
      }
      return "\(name)[\(indices.joined(separator: ","))]"
    case .reduced(let inner, let reduction):
      return "\(inner.spelled(outputs)).\(reduction.rawValue)"
    case .combined(let left, let operation, let right):
      return "(\(left.spelled(outputs))\(operation.rawValue)\(right.spelled(outputs)))"
    }
  }
}
