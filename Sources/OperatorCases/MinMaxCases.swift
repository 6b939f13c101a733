import Operators
import Tensors

/// Maps of several sizes, and constant maps, which become zeros.
enum MinMaxCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("7x7, 17 channels", .rows("x", [17, 7, 7], .distinct)),
    make("16 channels, 5 rows", .rows("x", [16, 3, 5], .distinct), rows: 5),
    make("one large map", .rows("x", [1, 65, 67], .distinct), rows: 1),
    // Of two elements one becomes 0 and one 1: the derivative is zero, and all that is left is rounding.
    make("two elements", .rows("x", [33, 1, 2]).withoutGradient),
    make("maps of one pixel", .rows("x", [15, 1, 1]).withoutGradient),
    make("some constant maps", .rows("x", [17, 5, 5], .someConstantMaps).withoutGradient),
    make("only zeros", .rows("x", [3, 5, 5], .list([0, -0.0])).withoutGradient),
    make("equal extremes", .rows("x", [17, 5, 5], .levels(3)).withoutGradient),
    make("far from zero", .rows("x", [3, 5, 5], .uniform(1000...1001))),
  ]

  private static func make(_ title: String, _ x: Operand, rows: Int = 2) -> OperatorCase {
    OperatorCase(.maps, title, MinMax(), [x], rows: rows)
  }
}
