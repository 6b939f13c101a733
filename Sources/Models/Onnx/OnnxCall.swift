/// A node that is being imported, with what errors need to name it.
struct OnnxCall {
  let node: OnnxNode
  let path: String
  let opset: Int

  /// How many inputs are stated, absent ones included.
  var inputCount: Int { node.inputs.count }

  /// The name of an input, or nil where it is absent.
  func input(_ index: Int) -> String? {
    guard index < node.inputs.count, !node.inputs[index].isEmpty else { return nil }
    return node.inputs[index]
  }

  // MARK: - Attributes

  /// An integer attribute, or nil where it is absent.
  func integer(_ name: String) throws(ModelError) -> Int? {
    switch node.attributes[name] {
    case nil: return nil
    case .integer(let value): return value
    default: throw malformed("attribute \(name) is not an integer")
    }
  }

  /// A truth value stored as an integer.
  func flag(_ name: String, default value: Bool = false) throws(ModelError) -> Bool {
    try integer(name).map { $0 != 0 } ?? value
  }

  /// A float attribute, or nil where it is absent.
  func float(_ name: String) throws(ModelError) -> Float? {
    switch node.attributes[name] {
    case nil: return nil
    case .float(let value): return value
    default: throw malformed("attribute \(name) is not a float")
    }
  }

  /// A text attribute, or nil where it is absent.
  func text(_ name: String) throws(ModelError) -> String? {
    switch node.attributes[name] {
    case nil: return nil
    case .text(let value): return value
    default: throw malformed("attribute \(name) is not text")
    }
  }

  /// A list of integers, or nil where it is absent.
  func integers(_ name: String) throws(ModelError) -> [Int]? {
    switch node.attributes[name] {
    case nil: return nil
    case .integers(let values): return values
    default: throw malformed("attribute \(name) is not a list of integers")
    }
  }

  /// A list of so many integers within limits, or the default where it is absent.
  func integers(
    _ name: String, count: Int, in limits: ClosedRange<Int>, default value: Int
  ) throws(ModelError) -> [Int] {
    guard let values = try integers(name) else {
      return [Int](repeating: value, count: count)
    }
    guard values.count == count, values.allSatisfy({ limits ~= $0 }) else {
      throw unsupported("\(name) \(values.prefix(8))")
    }
    return values
  }

  /// An axis counted from the front; negative numbers count from behind.
  func axis(_ number: Int, rank: Int) throws(ModelError) -> Int {
    guard -rank..<rank ~= number else { throw malformed("axis \(number) of rank \(rank)") }
    return number < 0 ? number + rank : number
  }

  /// Axes counted from the front, ascending, each once.
  func axes(_ numbers: [Int], rank: Int) throws(ModelError) -> [Int] {
    var axes: Set<Int> = []
    for number in numbers {
      guard axes.insert(try axis(number, rank: rank)).inserted else {
        throw malformed("axis \(number) stands twice")
      }
    }
    return axes.sorted()
  }

  // MARK: - Errors

  /// This form of the operator cannot be computed.
  func unsupported(_ reason: String? = nil) -> ModelError {
    .unsupportedOperator(
      file: path, node: node.title, operatorName: node.fullOperatorName, opset: opset,
      reason: reason)
  }

  /// The node contradicts the format.
  func malformed(_ problem: String) -> ModelError {
    .malformed(
      file: path, place: "node \(ModelError.short(node.title)) (\(node.operatorName))",
      problem: problem)
  }
}
