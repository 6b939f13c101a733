import Graphs
import OperatorCases
import Operators
import Tensors
import Testing

@Suite("Shape rules")
struct ShapeRuleTests {
  @Test("agree with the reference's output", arguments: OperatorCaseCatalogue.all)
  func shapeRuleEqualsReference(operatorCase: OperatorCase) async throws {
    let outputs = try await CaseValues(operatorCase).outputs(of: operatorCase.graph)
    #expect(outputs.count == operatorCase.graph.outputs.count)
    for (value, output) in zip(operatorCase.graph.outputs, outputs) {
      let node = operatorCase.graph[value]
      let rows = node.rows.flatMap { operatorCase.rows[$0] }
      #expect(output.shape == rows.map(node.shape.withRows) ?? node.shape)
      let finite = output.elements.allSatisfy { $0.isFinite }
      #expect(finite)
    }
  }

  @Test("throw for hostile numbers and never trap", arguments: Hostile.operators)
  func hostileNumbersThrow(make: Hostile.Maker) {
    var generator = SplitMix(state: 42)
    var accepted = 0
    for _ in 0..<20_000 {
      let operation = make.operation(&generator)
      let shapes = Hostile.shapes(&generator)
      do throws(ShapeError) {
        let shape = try operation.outputShape(shapes)
        accepted += 1
        #expect(shape.checkedElementCount != nil)
        #expect(operation.cost(shapes).floatingPointOperations >= 0)
        #expect(operation.cost(shapes).byteCount >= 0)
      } catch {
        #expect(!error.reason.isEmpty)
      }
    }
    #expect(accepted < 20_000)
  }

  @Test("are all tried with hostile numbers")
  func everyOperatorIsTried() {
    #expect(Hostile.operators.map(\.description).sorted() == OperatorCatalogue.names)
  }

  @Test("keep rows in front, or refuse")
  func rowsStayInFront() throws {
    let rows: [RowAxis?] = [.rows]
    #expect(throws: ShapeError.self) { try Concat(axis: 0).outputRows([.rows, .rows]) }
    #expect(throws: ShapeError.self) { try Slice(axis: 0, range: 0..<1).outputRows(rows) }
    #expect(throws: ShapeError.self) { try Pad(axis: 0, before: 1, after: 1).outputRows(rows) }
    #expect(throws: ShapeError.self) { try Softmax(axis: 0).outputRows(rows) }
    #expect(throws: ShapeError.self) { try LogSoftmax(axis: 0).outputRows(rows) }
    #expect(throws: ShapeError.self) { try Transpose([1, 0]).outputRows(rows) }
    #expect(throws: ShapeError.self) { try Linear().outputRows([nil, .rows]) }
    #expect(throws: ShapeError.self) { try Conv2D().outputRows([.rows, .rows]) }
    #expect(throws: ShapeError.self) { try Add().outputRows([.rows, .images]) }
    #expect(try Concat(axis: 0).outputRows([nil, nil]) == nil)
    #expect(try ReduceSum(axes: [0, 1], keepsAxes: true).outputRows(rows) == nil)
    #expect(
      try Conv2DWeightGradient(Conv2D(), kernelHeight: 1, kernelWidth: 1)
        .outputRows([.rows, .rows]) == nil)
    #expect(try Gather().outputRows([.images, .rows]) == .rows)
    #expect(try ScatterAdd().outputRows([.rows, .rows, .cells]) == .cells)
    #expect(try MaskedBlend().outputRows([.images, .images, .rows, .rows]) == .rows)
    #expect(throws: ShapeError.self) {
      try MaskedBlend().outputRows([.images, .rows, .rows, .rows])
    }
  }

  @Test("follow PyTorch's rule for the last window of a pooling")
  func ceilModeDropsWindowsInThePadding() throws {
    let kernel = Window.Pair(2, 2)
    let window = Window(stride: 3, padding: 1)
    let ceil = MaxPool(kernel: kernel, window: window, ceilMode: true)
    let floor = MaxPool(kernel: kernel, window: window, ceilMode: false)
    #expect(try ceil.outputShape([[1, 1, 5, 6]]) == [1, 1, 2, 3])
    #expect(try floor.outputShape([[1, 1, 5, 6]]) == [1, 1, 2, 3])
    #expect(try ceil.outputShape([[1, 1, 4, 7]]) == [1, 1, 2, 3])
    #expect(throws: ShapeError.self) {
      try MaxPool(kernel: .init(1, 1), window: Window(padding: 1), ceilMode: false)
        .outputShape([[1, 1, 4, 4]])
    }
  }
}
