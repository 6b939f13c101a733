import Graphs
import Operators
import Tensors

/// Channels put behind each other, which an engine may write there at once.
enum FusedConcatCases: CaseSource {
  static let cases: [OperatorCase] = [
    OperatorCase(
      .fused, "conv2d+concat:growing", "a dense block of two layers",
      [.rows("x", [16, 3, 3]), .weight("v", [16, 16, 1, 1]), .weight("w", [17, 32, 1, 1])],
      rows: 3, tolerance: OperatorCase.sums(of: 32 + 16)
    ) { builder, values throws(GraphError) in
      let first = try builder.add(ReLU(), [values[0]])
      let second = try builder.add(Conv2D(), [first, values[1]])
      let both = try builder.add(Concat(axis: 1), [first, second])
      let third = try builder.add(Conv2D(), [both, values[2]])
      let all = try builder.add(Concat(axis: 1), [first, second, third])
      return [try builder.add(ReLU(), [all]), try builder.add(ReLU(), [both])]
    },
    join("nested") { builder, values throws(GraphError) in
      let pair = try builder.add(Concat(axis: 1), [values[0], values[1]])
      return [try builder.add(Concat(axis: 1), [values[2], pair])]
    },
    join("one twice") { builder, values throws(GraphError) in
      [try builder.add(Concat(axis: 1), [values[0], values[1], values[0], values[2]])]
    },
    join("in two orders") { builder, values throws(GraphError) in
      [
        try builder.add(Concat(axis: 1), [values[0], values[1]]),
        try builder.add(Concat(axis: 1), [values[1], values[0], values[2]]),
      ]
    },
    join("a part is wanted too") { builder, values throws(GraphError) in
      let pair = try builder.add(Concat(axis: 1), [values[0], values[1]])
      return [pair, try builder.add(ReLU(), [builder.add(Concat(axis: 1), [pair, values[2]])])]
    },
  ]

  /// What a body makes of three computed values of 16, 32 and 16 channels; its results go through a
  /// layer of their own, so that they lie in the engine's memory.
  private static func join(
    _ title: String,
    _ body: @escaping @Sendable (inout GraphBuilder, [Value]) throws(GraphError) -> [Value]
  ) -> OperatorCase {
    OperatorCase(
      .fused, "relu+concat", title,
      [.rows("a", [16, 3, 3]), .rows("b", [32, 3, 3]), .rows("c", [16, 3, 3])], rows: 2
    ) { builder, values throws(GraphError) in
      var computed: [Value] = []
      for value in values { computed.append(try builder.add(ReLU(), [value])) }
      var results: [Value] = []
      for result in try body(&builder, computed) {
        results += [result, try builder.add(Sigmoid(), [result])]
      }
      return results
    }
  }
}
