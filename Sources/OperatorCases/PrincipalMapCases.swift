import Operators
import Tensors

/// More channels than positions and fewer, both layouts, both signs, and matrices of rank one and
/// none.
enum PrincipalMapCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("one element", [1, 1, 1], rows: 1),
    make("one channel", [1, 3, 5]),
    make("one position", [33, 1, 1]),
    make("17 channels, 7x7", [17, 7, 7]),
    make("64 channels, 7x7, 5 rows", [64, 7, 7], rows: 5),
    make("as many channels as positions", [16, 4, 4]),
    make("3 channels, 17x19", [3, 17, 19]),
    make("both signs", [5, 3, 4], .signed),
    make("all negative", [20, 3, 3], .uniform(-3 ... -0.25)),
    make("two numbers of opposite sign", [1, 1, 2], .list([-3, 3]), rows: 1),
    make("zeros", [18, 3, 3], .list([0])),
    make("constant", [18, 3, 3], .list([0.3])),
  ]

  private static func make(
    _ title: String, _ row: Shape, _ values: Values = .positive, rows: Int = 2
  ) -> OperatorCase {
    let a = Operand.rows("a", row, values).withoutGradient
    return OperatorCase(.maps, title, PrincipalMap(), [a], rows: rows)
  }
}
