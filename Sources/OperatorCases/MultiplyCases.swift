import Graphs
import Operators

/// Every way in which shapes broadcast, and one tensor twice.
enum MultiplyCases: CaseSource {
  static let cases =
    OperatorCase.broadcasting(Multiply()) + [
      OperatorCase(.broadcasting, "multiply", "a tensor and itself", [.rows("x", [17, 3, 2])]) {
        builder, values throws(GraphError) in
        [try builder.add(Multiply(), [values[0], values[0]])]
      }
    ]
}
