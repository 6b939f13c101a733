import Graphs
import Operators
import Tensors
import Testing

@Suite("Graphs can only be made right")
struct GraphBuilderTests {
  @Test("the same operator on the same inputs is one node")
  func equalNodesAreOne() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 3])
    let y = try builder.add(ReLU(), [x])
    #expect(try builder.add(ReLU(), [x]) == y)
    #expect(try builder.add(Clamp(lower: 0, upper: 1), [x]) != y)
    #expect(builder.parameter("w", [3]) == builder.parameter("w", [3]))
    let graph = try builder.finish(outputs: [y])
    #expect(graph.nodes.count == 4)
    #expect(graph.consumers(of: x).count == 2)
  }

  @Test("shapes that do not fit are refused, with the operator and the shapes")
  func wrongShapesThrow() {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 3])
    let w = builder.parameter("w", [5, 4])
    do throws(GraphError) {
      _ = try builder.add(Linear(), [x, w])
      Issue.record("3 channels went into 4")
    } catch {
      #expect("\(error)".hasPrefix("linear: takes x [N, C], w [K, C]"))
      #expect("\(error)".hasSuffix("(inputs 1x3, 5x4)"))
    }
  }

  @Test("rows that would not lead the output when the graph runs are refused")
  func rowsMustLead() throws {
    var builder = GraphBuilder()
    let rows = builder.input("rows", [1, 3])
    let column = builder.input("column", [1, 1, 3], rows: nil)
    let pair = builder.input("pair", [2, 3], rows: nil)
    let image = builder.input("image", [1, 3], rows: .images)
    let one = builder.input("one", [1, 3], rows: nil)
    #expect(throws: GraphError.self) { try builder.add(Add(), [rows, column]) }
    #expect(throws: GraphError.self) { try builder.add(Add(), [rows, pair]) }
    #expect(throws: GraphError.self) { try builder.add(Add(), [rows, image]) }
    #expect(throws: GraphError.self) { try builder.add(Concat(axis: 1), [rows, one]) }
    #expect(throws: GraphError.self) { try builder.add(LinearWeightGradient(), [rows, one]) }
    #expect(throws: GraphError.self) { try builder.add(Reshape([3]), [rows]) }
    #expect(throws: GraphError.self) { try builder.add(Reshape([3, 1]), [rows]) }
    let sum = try builder.add(Add(), [rows, one])
    #expect(builder.rows(of: sum) == .rows)
    #expect(builder.rows(of: try builder.add(ReduceSum(axes: [0], keepsAxes: true), [rows])) == nil)
  }

  @Test("a graph without outputs is refused")
  func noOutput() {
    #expect(throws: GraphError.noOutput) { try GraphBuilder().finish(outputs: []) }
  }

  @Test("an extension keeps every value in its place")
  func extensionKeepsValues() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 3])
    let y = try builder.add(ReLU(), [x])
    builder.tap("layer", y, kind: .module)
    builder.tap("layer", x, kind: .module)
    let graph = try builder.finish(outputs: [y])
    var again: Value?
    let longer = try graph.extended { builder throws(GraphError) in
      again = try builder.add(ReLU(), [x])
      return [try builder.add(Sigmoid(), [y])]
    }
    #expect(again == y)
    #expect(Array(longer.nodes.prefix(2)) == graph.nodes)
    #expect(longer.taps.map(\.value) == [y])
  }

  @Test("graphs are equal when they compute the same, whatever their names")
  func equality() throws {
    func make(_ tap: LayerName, _ operation: some Operator) throws -> Graph {
      var builder = GraphBuilder()
      let y = try builder.add(operation, [builder.input("x", [1, 3])])
      builder.tap(tap, y, kind: .tensor)
      return try builder.finish(outputs: [y])
    }
    let graph = try make("a", ReLU())
    #expect(try graph == make("b", ReLU()))
    #expect(try graph.hashValue == make("b", ReLU()).hashValue)
    #expect(try graph != make("a", Sigmoid()))
    #expect(
      try make("a", TopK(count: 1, part: .values)) != make("a", TopK(count: 2, part: .values)))
  }
}
