import Graphs
import Operators

/// Every way in which shapes broadcast, and one tensor twice.
enum SubtractCases: CaseSource {
  static let cases =
    OperatorCase.broadcasting(Subtract()) + [
      OperatorCase(.broadcasting, "subtract", "a tensor and itself", [.rows("x", [17, 3, 2])]) {
        builder, values throws(GraphError) in
        [try builder.add(Subtract(), [values[0], values[0]])]
      }
    ]
}
