import Graphs
import Tensors

/// The largest elements along the last axis, or where they are.
///
/// In descending order; the lowest index wins a tie. ONNX `TopK`, PyTorch `topk`, one output each.
///
/// Input: x `[..., E]`, E at least `count`. Output: `[..., count]`.
public struct TopK: Operator {
  /// The stem of every file about this operator.
  public static let name = "top_k"

  /// Which of the two outputs of a search.
  public enum Part: String, Sendable, Hashable, CaseIterable {
    /// The elements.
    case values
    /// Their indices along the last axis, as numbers.
    case positions
  }

  /// How many elements.
  public var count: Int
  /// The elements or their indices.
  public var part: Part

  /// A search.
  public init(count: Int, part: Part) {
    self.count = count
    self.part = part
  }

  /// The shape of x with `count` along the last axis.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...1, takes: "x")
    guard let last = inputs[0].extents.last, 1...last ~= count else {
      throw ShapeError(Self.name, "the largest \(count) of \(inputs[0])")
    }
    return inputs[0].with(count, along: inputs[0].rank - 1)
  }

  /// Sorts each list.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let lists = inputs[0].shape.indices(reducing: [inputs[0].shape.rank - 1])
    let elements = lists.flatMap { list in
      let values = list.map { inputs[0][$0] }
      let order = values.indices.sorted {
        values[$0] > values[$1] || (values[$0] == values[$1] && $0 < $1)
      }
      return order.prefix(count).map { part == .values ? values[$0] : Double($0) }
    }
    return HostTensor(checkedShape(inputs), elements)
  }

  /// For values, dy scattered to their positions; positions have no derivative.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    guard part == .values else { return [nil] }
    let x = graph.shape(of: site.inputs[0])
    let found = graph.shape(of: site.output)
    let column = Reshape(Shape(found.extents + [1]))
    let positions = try graph.add(TopK(count: count, part: .positions), site.inputs)
    let marks = try graph.add(
      OneHot(depth: x[x.rank - 1]), [graph.add(column, [positions])])
    let parts = try graph.add(Multiply(), [marks, graph.add(column, [site.upstream])])
    return [try graph.add(ReduceSum(axes: [found.rank - 1], keepsAxes: false), [parts])]
  }

  /// One comparison for each element and each place found.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: inputs[0].elementCount * count)
  }
}
