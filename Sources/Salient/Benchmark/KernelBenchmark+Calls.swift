import Graphs
import Operators
import Tensors

extension KernelBenchmark {
  /// A call of an operator that a network has, or that its gradient would have.
  struct Call {
    /// One input of it.
    struct Input: Hashable {
      let shape: Shape
      let isRows: Bool
      let isParameter: Bool
    }

    let operation: any Operator
    let inputs: [Input]
    let geometry: ConvolutionGeometry?
    var count = 1

    /// The call alone.
    func graph() throws(GraphError) -> Graph {
      var builder = GraphBuilder()
      var values: [Value] = []
      for (place, input) in inputs.enumerated() {
        let name = "input\(place)"
        values.append(
          input.isParameter
            ? builder.parameter(ParameterName(name), input.shape)
            : builder.input(name, input.shape, rows: input.isRows ? .rows : nil))
      }
      return try builder.finish(outputs: [try builder.add(operation, values)])
    }

    func isSame(as other: Call) -> Bool {
      AnyHashable(operation) == AnyHashable(other.operation) && inputs == other.inputs
    }
  }

  /// The distinct calls of an operator, in the order of the network.
  static func calls(of name: String, in graph: Graph) -> [Call] {
    var calls: [Call] = []
    let live = graph.liveness
    for node in graph.nodes where live.isNeeded(node.value) {
      guard let call = call(of: name, at: node, in: graph) else { continue }
      if let known = calls.firstIndex(where: { $0.isSame(as: call) }) {
        calls[known].count += 1
      } else {
        calls.append(call)
      }
    }
    return calls
  }

  private static func call(of name: String, at node: Node, in graph: Graph) -> Call? {
    guard let operation = node.operation else { return nil }
    let inputs = node.inputs.map { value in
      let input = graph[value]
      let isParameter = if case .parameter = input.source { true } else { false }
      return Call.Input(shape: input.shape, isRows: input.rows != nil, isParameter: isParameter)
    }
    guard let conv = operation as? Conv2D else {
      return operation.name == name
        ? Call(operation: operation, inputs: inputs, geometry: nil) : nil
    }
    let (x, w) = (inputs[0], inputs[1])
    let dy = Call.Input(shape: node.shape, isRows: true, isParameter: false)
    let geometry = ConvolutionGeometry(
      image: Array(x.shape.extents.dropFirst()),
      filters: [w.shape[0], w.shape[2], w.shape[3]],
      stride: [conv.window.stride.height, conv.window.stride.width],
      padding: [conv.window.paddingBefore.height, conv.window.paddingBefore.width],
      groups: conv.groups)
    switch name {
    case Conv2D.name: return Call(operation: conv, inputs: inputs, geometry: geometry)
    case Conv2DDataGradient.name:
      let gradient = Conv2DDataGradient(conv, inputHeight: x.shape[2], inputWidth: x.shape[3])
      return Call(operation: gradient, inputs: [dy, w], geometry: geometry)
    case Conv2DWeightGradient.name:
      let gradient = Conv2DWeightGradient(
        conv, kernelHeight: w.shape[2], kernelWidth: w.shape[3])
      return Call(operation: gradient, inputs: [x, dy], geometry: geometry)
    default: return nil
    }
  }
}
