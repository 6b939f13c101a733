import Graphs
import Operators

/// Every way in which shapes broadcast, and one tensor twice.
enum AddCases: CaseSource {
  static let cases =
    OperatorCase.broadcasting(Add()) + [
      OperatorCase(.broadcasting, "add", "a tensor and itself", [.rows("x", [17, 3, 2])]) {
        builder, values throws(GraphError) in
        [try builder.add(Add(), [values[0], values[0]])]
      }
    ]
}
