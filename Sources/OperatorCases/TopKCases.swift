import Operators
import Tensors

/// Both parts, few and all elements, and ties, where the lowest index wins.
enum TopKCases: CaseSource {
  static let cases = TopK.Part.allCases.flatMap { part in
    [
      make("5 of 1000", [1000], count: 5, part),
      make("1 of 17, 5 rows", [17], count: 1, part, rows: 5),
      make("all of 31", [31], count: 31, part),
      make("1 of 1", [1], count: 1, part, rows: 1),
      make("3 of 33 in matrices", [5, 33], count: 3, part),
      make("equal elements", [64], count: 9, part, .levels(5)),
      make("zeros of both signs", [33], count: 33, part, .zeros),
      make("constant", [16], count: 4, part, .list([2])),
    ]
  }

  private static func make(
    _ title: String, _ row: Shape, count: Int, _ part: TopK.Part, _ values: Values? = nil,
    rows: Int = 2
  ) -> OperatorCase {
    let x = Operand.rows("x", row, values ?? .signed)
    return OperatorCase(
      .reduction, "\(part.rawValue), \(title)", TopK(count: count, part: part),
      [part == .values && values == nil ? x : x.withoutGradient], rows: rows, tolerance: 0)
  }
}
