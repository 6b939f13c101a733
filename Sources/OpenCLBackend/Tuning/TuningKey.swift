import Execution
import Graphs
import Operators
import Tensors

/// What the best tile of a step depends on, besides the device and the text of its kernels.
///
/// An addition or activation fused behind the operator is left out: its time is lost in that of
/// the products.
package struct TuningKey: Sendable, Hashable, Codable {
  /// The name of the operator, `conv2d`.
  package let operatorName: String
  /// The rung of its ladder, `pointwise`.
  package let variant: String
  /// Inputs and output for one image, `1x64x56x56 64x64x1x1 -> 1x64x56x56`.
  package let shapes: String
  /// The operator's own parameters.
  package let geometry: String
  /// How many rows are computed at once.
  package let batch: BatchClass
  /// The arithmetic.
  package let precision: String

  enum CodingKeys: String, CodingKey {
    case operatorName = "operator"
    case variant, shapes, geometry, batch, precision
  }

  /// The key of a node that a variant computes.
  /// - Returns: nil where the kernels have nothing to choose.
  package init?(
    _ node: Node, in graph: Graph, _ variant: Variant, capacity: Int, precision: Precision
  ) {
    guard variant.tiles.count > 1, let operation = node.operation,
      let kernels = operation as? any OpenCLOperator
    else { return nil }
    func text(_ node: Node) -> String {
      node.shape(rows: 1).extents.map(String.init).joined(separator: "x")
    }
    operatorName = operation.name
    self.variant = variant.name
    shapes =
      node.inputs.map { text(graph[$0]) }.joined(separator: " ") + " -> \(text(node))"
    geometry = kernels.geometry
    batch = BatchClass(rows: capacity)
    self.precision = precision.rawValue
  }
}

/// Numbers of rows that share their tiles.
package enum BatchClass: String, Sendable, Hashable, Codable, CaseIterable {
  case one = "1"
  case few = "2-8"
  case some = "9-64"
  case many = "65-"

  /// The class of a number of rows.
  package init(rows: Int) {
    switch rows {
    case ...1: self = .one
    case ...8: self = .few
    case ...64: self = .some
    default: self = .many
    }
  }
}

extension OpenCLOperator {
  /// The parameters of the operator, in its own words.
  package var geometry: String { "\(self)" }
}

extension Conv2D {
  /// `stride 1x1 pad 1x1+1x1 dilation 1x1 groups 1`.
  package var geometry: String {
    func text(_ pair: Window.Pair) -> String { "\(pair.height)x\(pair.width)" }
    let padding = "\(text(window.paddingBefore))+\(text(window.paddingAfter))"
    return "stride \(text(window.stride)) pad \(padding) dilation \(text(window.dilation)) "
      + "groups \(groups)"
  }
}
