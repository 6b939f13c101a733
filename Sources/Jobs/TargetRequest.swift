import Saliency

/// A target as the user wrote it, ready to be asked for any image.
public struct TargetRequest: Sendable, Hashable {
  /// As written, `tabby vs tiger cat`; where a text stands for several, that of one: `top2`, `3`.
  public let text: String
  /// What file names call it, `c281-c282`.
  public let name: String
  /// Which outputs it reads.
  public let choice: Target.Choice
  /// The value that is differentiated.
  public let head: Target.Head
  /// Whether it asks for evidence against.
  public let isNegated: Bool
  /// How masks are scored for it.
  public let score: Target.Score
  /// The class it asks for; nil for `topK`, contrasts and expressions.
  public let index: Int?
  /// Whether it asks for the true class, which differs from image to image.
  public var isTruth = false

  /// What the value of the target is, where it is no score of a class: `logit difference`, or the
  /// `value` of a formula.
  public var valueName: String? {
    if case .expression = head { return "value" }
    if case .outputs = choice, index == nil { return "logit difference" }
    return nil
  }

  /// The target for one image of a batch.
  public func target(image: Int) -> Target {
    Target(image: image, choice: choice, head: head, negated: isNegated, score: score)
  }

  /// The same target with the true class of an image filled in; nil where that is not known.
  func with(truth: TrueClass, in context: TargetContext) -> TargetRequest? {
    guard isTruth else { return self }
    guard let index = truth.index else { return nil }
    return TargetRequest(
      text: text, name: name, choice: .outputs(context.outputs(of: index)), head: head,
      isNegated: isNegated, score: score, index: index, isTruth: true)
  }
}

/// What target texts are read against.
public struct TargetContext: Sendable {
  /// The length of the network's vector of outputs; 0 where it gives none.
  public let outputCount: Int
  /// The names of the classes, where they are known.
  public let labels: Labels?
  /// How outputs become scores.
  public let scores: ScoreFunction
  /// What expressions can name.
  public let outputs: [NamedOutput]

  /// A context.
  public init(
    outputCount: Int, labels: Labels?, scores: ScoreFunction, outputs: [NamedOutput] = []
  ) {
    self.outputCount = outputCount
    self.labels = labels
    self.scores = scores
    self.outputs = outputs
  }

  /// The number of classes: one output tells two classes apart, 1 by z and 0 by -z.
  public var classCount: Int { outputCount == 1 ? 2 : outputCount }

  /// How many classes can be ranked: a raw output is ranked as it is.
  var rankCount: Int { scores == .raw ? outputCount : classCount }

  /// The outputs that make up the value of a class.
  public func outputs(of index: Int, weight: Float = 1) -> [Target.Output] {
    guard outputCount == 1 else { return [Target.Output(index: index, weight: weight)] }
    return [Target.Output(index: 0, weight: index == 1 ? weight : -weight)]
  }

  /// Reads the texts of all `--target` flags; what stands twice is explained once.
  /// - Throws: `Failure` where a text makes no sense for this network.
  public func targets(_ texts: [String]) throws(Failure) -> [TargetRequest] {
    var targets: [TargetRequest] = []
    for text in texts {
      for target in try self.targets(text)
      where !targets.contains(where: { $0.name == target.name }) {
        targets.append(target)
      }
    }
    return targets
  }
}

extension TargetContext {
  struct Form {
    var negated = false
    var head = Target.Head.logit

    /// The beginning of names: `not:prob:3` and `prob:not:3` are one target.
    var prefix: String {
      let sign = negated ? "not-" : ""
      switch head {
      case .logit: return sign
      case .probability: return "\(sign)prob-"
      case .logProbability: return "\(sign)logprob-"
      case .expression: return sign
      }
    }
  }

  private func targets(_ text: String) throws(Failure) -> [TargetRequest] {
    var form = Form()
    var rest = Substring(text)
    var isNested = false
    while let colon = rest.firstIndex(of: ":"), !isNested {
      switch rest[..<colon].lowercased() {
      case "not" where !form.negated: form.negated = true
      case "prob" where form.head == .logit: form.head = .probability
      case "logprob" where form.head == .logit: form.head = .logProbability
      default:
        isNested = true
        continue
      }
      rest = rest[rest.index(after: colon)...]
    }
    let base = String(rest)
    guard !base.isEmpty else {
      throw failure(text, "names no class", "try top1, an index or a label")
    }
    if isExpression(base) { return [try expression(base, form, text)] }
    guard outputCount > 0 else { throw noClasses(text) }
    if base.lowercased() == "truth" {
      // What stands in for the true class until an image is known is never explained.
      return [
        TargetRequest(
          text: text, name: "\(form.prefix)truth", choice: .top(1), head: form.head,
          isNegated: form.negated, score: scores == .raw ? .value : .probability, index: nil,
          isTruth: true)
      ]
    }
    if base.lowercased() == "all" {
      return (0..<outputCount).map { output in
        let index = outputCount == 1 ? 1 : output
        return target("\(text.dropLast(base.count))\(index)", form, classIndex: index)
      }
    }
    if let count = try rank(base, text) {
      return (1...count).map { place in
        TargetRequest(
          text: "\(text.dropLast(base.count))top\(place)", name: "\(form.prefix)top\(place)",
          choice: .top(place), head: form.head, isNegated: form.negated,
          score: scores == .raw ? .value : .probability, index: nil)
      }
    }
    if !labelled(base), let pair = contrast(base) { return [try difference(text, form, pair)] }
    return [target(text, form, classIndex: try classIndex(base, text))]
  }

  func labelled(_ word: String) -> Bool {
    labels.map { !$0.indices(named: word).isEmpty } ?? false
  }

  private func target(_ text: String, _ form: Form, classIndex: Int) -> TargetRequest {
    TargetRequest(
      text: text, name: "\(form.prefix)c\(classIndex)", choice: .outputs(outputs(of: classIndex)),
      head: form.head, isNegated: form.negated, score: scores == .raw ? .value : .probability,
      index: classIndex)
  }

  /// The K of `topK`.
  private func rank(_ word: String, _ text: String) throws(Failure) -> Int? {
    let lower = word.lowercased()
    guard lower.hasPrefix("top"), lower.dropFirst(3).allSatisfy({ $0.isASCII && $0.isNumber }),
      lower.count > 3
    else { return nil }
    guard let count = Int(lower.dropFirst(3)), (1...rankCount).contains(count) else {
      throw failure(text, "the network tells \(rankCount) classes apart", "top1 to top\(rankCount)")
    }
    return count
  }

  /// The two words of `281-282` and `LABEL vs LABEL`.
  func contrast(_ word: String) -> (String, String)? {
    let halves = word.split(separator: "-", omittingEmptySubsequences: false)
    if halves.count == 2, halves.allSatisfy(Self.isIndex) {
      return (String(halves[0]), String(halves[1]))
    }
    for (start, _) in word.indices.map({ (word[$0...], $0) }) where start.hasPrefix(" vs ") {
      return (String(word[..<start.startIndex]), String(start.dropFirst(4)))
    }
    return nil
  }

  private func difference(
    _ text: String, _ form: Form, _ pair: (String, String)
  ) throws(Failure) -> TargetRequest {
    guard labelled(pair.1) || !pair.1.contains(" vs ") else {
      throw failure(text, "compares more than two classes", "give --target once for each pair")
    }
    let first = try classIndex(pair.0, text)
    let second = try classIndex(pair.1, text)
    guard first != second else {
      throw failure(text, "a class against itself is always 0", "name two classes")
    }
    guard form.head != .logProbability else {
      throw failure(
        text, "the difference of two probabilities may be negative and has no logarithm",
        "\(first)-\(second) is the difference of their logarithms")
    }
    let isPlain = form.prefix.isEmpty
    return TargetRequest(
      text: text,
      name: isPlain ? "c\(first)-c\(second)" : Self.hashed("\(form.prefix)c\(first)-c\(second)"),
      choice: .outputs(outputs(of: first) + outputs(of: second, weight: -1)), head: form.head,
      isNegated: form.negated, score: .value, index: nil)
  }

  private func classIndex(_ word: String, _ text: String) throws(Failure) -> Int {
    if Self.isIndex(word[...]) {
      guard let index = Int(word), index < classCount else {
        throw failure(
          text, "the network has \(classCount) classes", "an index is 0...\(classCount - 1)")
      }
      return index
    }
    let fitting = labels?.indices(named: word) ?? []
    if fitting.count == 1, let index = fitting.first { return index }
    guard !fitting.isEmpty || !word.contains(",") else {
      throw failure(text, "several targets in one, or no label", "give --target once for each")
    }
    guard let labels else {
      throw failure(
        text, "the model states no labels",
        "give --labels FILE or an index 0...\(classCount - 1)")
    }
    guard fitting.isEmpty else {
      let list = fitting.prefix(8).map { "\(labels[$0] ?? "") (\($0))" }
      let rest = fitting.count > 8 ? ", ..." : ""
      throw failure(
        text, "\(fitting.count) labels fit: \(list.joined(separator: ", "))\(rest)",
        "give the index")
    }
    throw failure(
      text, "none of \(classCount) labels",
      labels.suggestion(for: word) ?? "give a label, or an index 0...\(classCount - 1)")
  }

  static func isIndex(_ word: Substring) -> Bool {
    !word.isEmpty && word.allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// `t-` and 8 hexadecimal digits, for what has no short name.
  static func hashed(_ text: String) -> String {
    let digits = String(FNV1a.spread(text) >> 32, radix: 16)
    return "t-" + String(repeating: "0", count: 8 - digits.count) + digits
  }

  private func failure(_ text: String, _ what: String, _ hint: String) -> Failure {
    Failure(.usage, "--target \(text)", what, try: hint)
  }
}
