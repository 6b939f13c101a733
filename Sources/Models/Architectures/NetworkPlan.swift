import Graphs

/// An architecture as code: which modules follow which.
package protocol NetworkPlan: Sendable {
  /// How parameters begin.
  var scheme: WeightScheme { get }
  /// The last layer.
  var head: String { get }

  /// Adds all modules.
  /// - Returns: the logits, `[1, classCount]`.
  func logits(
    _ image: Value, classCount: Int, in modules: inout ModuleGraph
  ) throws(GraphError) -> Value
}
