import Saliency
import Tensors

/// An output of the network that expressions can name.
public struct NamedOutput: Sendable, Hashable {
  /// Its name in the file.
  public let name: String
  /// Its place among the outputs of the network that is explained.
  public let place: Int
  /// Its shape behind the batch axis, rank 0 to 4.
  public let shape: Shape

  /// An output.
  public init(name: String, place: Int, shape: Shape) {
    self.name = name
    self.place = place
    self.shape = shape
  }

  /// `boxes [9, 4]`, as indices are written.
  public var description: String {
    "\(name) [\(shape.extents.map(String.init).joined(separator: ", "))]"
  }
}

/// Reads `OUTPUT[i, j:k, ...]` with `.max() .mean() .sum()`, `+ - * /`, numbers and parentheses.
///
/// `*` and `/` bind more tightly than `+` and `-`, operators of one kind from left to right, a sign
/// more tightly than both, and what follows a point more tightly than a sign. Indices count from 0
/// behind the batch axis; `j:k` is j up to before k, either may be left out; axes that are not named
/// are whole. Of `a[0].max()` the maximum is that of all numbers that are left.
///
/// Errors name the column, from 1, of the text as it was typed.
struct ExpressionParser {
  /// What is wrong, and where.
  struct Complaint: Error, Hashable {
    let column: Int
    let what: String
    var hint: String?
  }

  /// An expression and how many numbers it gives.
  private struct Part {
    let expression: Expression
    let extents: [Int]

    init(_ expression: Expression, _ extents: [Int] = []) {
      self.expression = expression
      self.extents = extents
    }

    /// How many numbers there are.
    var count: Int { extents.reduce(1, *) }

    /// The same by axis, `3x4`.
    var shape: String {
      extents.isEmpty ? "1" : extents.map(String.init).joined(separator: "x")
    }
  }

  static let lengthMaximum = 1000
  private static let depthMaximum = 50

  let outputs: [NamedOutput]
  private let text: [Character]
  private var place: Int
  private var depth = 0

  /// A parser.
  /// - Parameters:
  ///   - text: all that was typed.
  ///   - start: where in it the expression begins, in characters.
  ///   - outputs: what can be named.
  init(_ text: String, from start: Int = 0, outputs: [NamedOutput]) {
    self.text = Array(text)
    self.outputs = outputs
    place = start
  }

  /// The expression: one number of at least one output.
  mutating func parse() throws(Complaint) -> Expression {
    skipBlanks()
    let start = place
    guard text.count <= Self.lengthMaximum else {
      throw complaint(start, "longer than \(Self.lengthMaximum) characters")
    }
    let part = try sum()
    guard place == text.count else { throw unexpected("an operator") }
    guard !part.expression.outputs.isEmpty else {
      throw complaint(start, "reads no output", list)
    }
    guard part.count == 1 else {
      throw complaint(
        start, "gives \(part.shape) numbers where one is needed",
        "end it with .max(), .mean() or .sum(), or index it")
    }
    return part.expression
  }

  /// Terms with + and − between them.
  private mutating func sum() throws(Complaint) -> Part {
    var left = try product()
    while let operation = take(.add, .subtract) {
      let column = place
      left = try combine(left, operation, try product(), at: column)
    }
    return left
  }

  /// Factors with * and / between them.
  private mutating func product() throws(Complaint) -> Part {
    var left = try signed()
    while let operation = take(.multiply, .divide) {
      let column = place
      left = try combine(left, operation, try signed(), at: column)
    }
    return left
  }

  /// An operand behind any number of signs.
  private mutating func signed() throws(Complaint) -> Part {
    var isNegative = false
    while let sign = take(.add, .subtract) {
      if sign == .subtract { isNegative.toggle() }
    }
    let part = try reduced()
    guard isNegative else { return part }
    return try combine(Part(.number(-1)), .multiply, part, at: place)
  }

  /// An operand with its `.max()`, `.mean()` and `.sum()`.
  private mutating func reduced() throws(Complaint) -> Part {
    var part = try operand()
    while take(".") {
      skipBlanks()
      let start = place
      let name = word()
      guard let reduction = Expression.Reduction(rawValue: name) else {
        throw complaint(
          start, name.isEmpty ? "no name follows the point" : "no operation is called .\(name)",
          "there are .max(), .mean() and .sum()")
      }
      guard take("("), take(")") else { throw unexpected("() behind .\(name)") }
      // One number is its own maximum, mean and sum.
      if part.count > 1 { part = Part(.reduced(part.expression, reduction)) }
    }
    return part
  }

  private mutating func operand() throws(Complaint) -> Part {
    skipBlanks()
    let start = place
    if let output = takeOutput() {
      let picks = try indices(of: output, at: start)
      return Part(.output(output.place, picks), Self.extents(of: output, picks))
    }
    if take("(") {
      depth += 1
      guard depth <= Self.depthMaximum else {
        throw complaint(start, "more than \(Self.depthMaximum) parentheses within each other")
      }
      let part = try sum()
      guard take(")") else { throw unexpected(")") }
      depth -= 1
      return part
    }
    if let number = try number() { return Part(.number(number)) }
    let name = word()
    guard !name.isEmpty else { throw unexpected("a number or an output") }
    let nearest = Spelling.nearest(to: name, among: outputs.map(\.name), limit: 1).first
    throw complaint(start, "no output is called \(name)", nearest.map { "nearest: \($0)" } ?? list)
  }

  /// `[i, j:k]`, or nothing.
  private mutating func indices(
    of output: NamedOutput, at start: Int
  ) throws(Complaint) -> [Expression.Pick] {
    guard take("[") else { return [] }
    var picks: [Expression.Pick] = []
    repeat {
      skipBlanks()
      let column = place
      guard picks.count < output.shape.rank else {
        let axes = output.shape.rank == 1 ? "1 axis" : "\(output.shape.rank) axes"
        throw complaint(
          column, "\(output.description) has \(axes) behind the batch axis, no more")
      }
      picks.append(try pick(length: output.shape[picks.count], of: output, axis: picks.count + 1))
    } while take(",")
    guard take("]") else { throw unexpected("a comma or ]") }
    skipBlanks()
    guard !isNext("[") else {
      throw complaint(place, "a second pair of brackets", "put all indices into one: [i, j]")
    }
    return picks
  }

  private mutating func pick(
    length: Int, of output: NamedOutput, axis: Int
  ) throws(Complaint) -> Expression.Pick {
    let column = place
    let (first, isFirstGiven) = try index(within: length, column, output, axis)
    guard take(":") else {
      guard isFirstGiven else { throw unexpected("an index") }
      guard first < length else { throw outside(length, String(first), column, output, axis) }
      return .index(first)
    }
    skipBlanks()
    let (last, isLastGiven) = try index(within: length, column, output, axis)
    let pick = Expression.Pick.range(from: first, to: isLastGiven ? last : nil)
    guard pick.places(of: length) != nil else {
      let text = "\(first):\(isLastGiven ? String(last) : "")"
      throw complaint(
        column, "\(text) of axis \(axis) of \(output.description) is no part of 0:\(length)")
    }
    return pick
  }

  /// A whole number, 0 where none stands there.
  private mutating func index(
    within length: Int, _ column: Int, _ output: NamedOutput, _ axis: Int
  ) throws(Complaint) -> (value: Int, isGiven: Bool) {
    skipBlanks()
    let isNegative = isNext("-")
    if isNegative { place += 1 }
    let digits = digits()
    guard !digits.isEmpty else {
      guard !isNegative else { throw unexpected("an index") }
      return (0, false)
    }
    guard !isNegative, let value = Int(digits), value <= length else {
      throw outside(length, "\(isNegative ? "-" : "")\(digits)", column, output, axis)
    }
    return (value, true)
  }

  private func outside(
    _ length: Int, _ index: String, _ column: Int, _ output: NamedOutput, _ axis: Int
  ) -> Complaint {
    complaint(
      column, "index \(index) of axis \(axis) of \(output.description) is not in 0...\(length - 1)")
  }

  private func combine(
    _ left: Part, _ operation: Expression.Operation, _ right: Part, at column: Int
  ) throws(Complaint) -> Part {
    if case (.number(let a), .number(let b)) = (left.expression, right.expression) {
      let result = operation.of(a, b)
      guard result.isFinite else {
        throw complaint(max(0, column - 1), "\(a) \(operation.rawValue) \(b) is not finite")
      }
      return Part(.number(result))
    }
    if operation == .divide, case .number(0) = right.expression {
      throw complaint(max(0, column - 1), "divides by 0")
    }
    guard left.count == 1 || right.count == 1 || left.shape == right.shape else {
      throw complaint(
        max(0, column - 1), "\(left.shape) and \(right.shape) numbers cannot be combined",
        "make one number of either, or index both alike")
    }
    let extents = left.count == 1 ? right.extents : left.extents
    return Part(.combined(left.expression, operation, right.expression), extents)
  }

  // MARK: - Words

  /// The longest output's name that stands here, as a word of its own.
  private mutating func takeOutput() -> NamedOutput? {
    var longest: (output: NamedOutput, end: Int)?
    for output in outputs {
      let name = Array(output.name)
      let end = place + name.count
      guard !name.isEmpty, end <= text.count, Array(text[place..<end]) == name,
        end > longest?.end ?? 0, end == text.count || !Self.isWord(text[end])
      else { continue }
      // A name that reads as a number is one only where something is taken of it.
      if name.allSatisfy({ $0.isASCII && $0.isNumber }) {
        guard end < text.count, text[end] == "[" || isPointBeforeName(end) else { continue }
      }
      longest = (output, end)
    }
    if let longest { place = longest.end }
    return longest?.output
  }

  private func isPointBeforeName(_ index: Int) -> Bool {
    text[index] == "." && index + 1 < text.count && text[index + 1].isLetter
  }

  /// `2`, `0.5`, `.5`, `1e-3`; nil where no number begins.
  private mutating func number() throws(Complaint) -> Float? {
    let start = place
    let isPoint = isNext(".") && place + 1 < text.count && Self.isDigit(text[place + 1])
    guard place < text.count, Self.isDigit(text[place]) || isPoint else { return nil }
    var spelling = digits()
    if isNext("."), place + 1 < text.count, Self.isDigit(text[place + 1]) {
      place += 1
      spelling += ".\(digits())"
    } else if isNext("."), !(place + 1 < text.count && text[place + 1].isLetter) {
      place += 1
    }
    if isNext("e") || isNext("E") {
      let mark = place
      place += 1
      let sign = isNext("-") ? "-" : ""
      if isNext("-") || isNext("+") { place += 1 }
      let power = digits()
      if power.isEmpty { place = mark } else { spelling += "e\(sign)\(power)" }
    }
    if spelling.hasPrefix(".") { spelling = "0" + spelling }
    guard place == text.count || !Self.isWord(text[place]) else { throw unexpected("an operator") }
    guard let number = Float(spelling), number.isFinite else {
      throw complaint(start, "\(spelling) is too large")
    }
    return number
  }

  private mutating func digits() -> String {
    let start = place
    while place < text.count, Self.isDigit(text[place]) { place += 1 }
    return String(text[start..<place])
  }

  private mutating func word() -> String {
    let start = place
    while place < text.count, Self.isWord(text[place]) { place += 1 }
    return String(text[start..<place])
  }

  private mutating func take(_ operations: Expression.Operation...) -> Expression.Operation? {
    skipBlanks()
    let found = operations.first { isNext(Character($0.rawValue)) }
    if found != nil { place += 1 }
    return found
  }

  private mutating func take(_ mark: Character) -> Bool {
    skipBlanks()
    guard isNext(mark) else { return false }
    place += 1
    return true
  }

  private func isNext(_ mark: Character) -> Bool { place < text.count && text[place] == mark }

  private mutating func skipBlanks() {
    while place < text.count, text[place].isWhitespace { place += 1 }
  }

  private static func isDigit(_ mark: Character) -> Bool { mark.isASCII && mark.isNumber }

  private static func isWord(_ mark: Character) -> Bool {
    mark.isLetter || mark.isNumber || mark == "_"
  }

  private static func extents(of output: NamedOutput, _ picks: [Expression.Pick]) -> [Int] {
    output.shape.extents.enumerated().compactMap { axis, length in
      guard picks.indices.contains(axis) else { return length }
      if case .index = picks[axis] { return nil }
      return picks[axis].places(of: length)?.count
    }
  }

  // MARK: - Complaints

  private var list: String? {
    guard !outputs.isEmpty else { return nil }
    let names = outputs.prefix(6).map(\.description).joined(separator: ", ")
    return "outputs: \(names)\(outputs.count > 6 ? ", ..." : "")"
  }

  private func unexpected(_ wanted: String) -> Complaint {
    guard place < text.count else {
      return complaint(place, "the text ends where \(wanted) is needed")
    }
    return complaint(place, "'\(text[place])' where \(wanted) is needed")
  }

  private func complaint(_ place: Int, _ what: String, _ hint: String? = nil) -> Complaint {
    Complaint(column: place + 1, what: what, hint: hint)
  }
}
