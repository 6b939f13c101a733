import Graphs
import Operators
import Tensors

/// What a gradient passes on its way back: a convolution's gradient, the sum with a skip connection, a
/// rectified sum, and the gate of a ReLU or a clamp.
enum FusedGateCases: CaseSource {
  static let cases: [OperatorCase] = [
    gradient("a ReLU behind 1x1", 17, 33, side: 1, Step()),
    gradient("a ReLU behind 3x3", 17, 32, side: 3, Step()),
    gradient("a clamp behind 3x3", 16, 17, side: 3, Step(lower: 0, upper: 0.5)),
    gradient("a ReLU behind 3x3, stride 2", 17, 16, side: 3, stride: 2, Step()),
    gradient("a ReLU behind 1x1, stride 2, whose other pixels are zero", 16, 17, stride: 2, Step()),
    gradient("a picture", 3, 17, side: 3, Step()),
    OperatorCase(
      .fused, "conv2d_data_gradient+accumulate+multiply", "a skip connection, 3x3",
      operands(17, 33, side: 3) + [.rows("skip", [17, 6, 5])],
      tolerance: OperatorCase.sums(of: 33 * 9)
    ) { builder, values throws(GraphError) in
      let dx = try builder.add(operation(side: 3), Array(values[0...1]))
      let sum = try builder.add(Accumulate(), [dx, values[3]])
      return [try gated(sum, by: values[2], Step(), in: &builder)]
    },
    OperatorCase(
      .fused, "conv2d_data_gradient+accumulate+relu+multiply", "guided, a skip connection, 1x1",
      operands(33, 16, side: 1) + [.rows("skip", [33, 6, 5])], rows: 5,
      tolerance: OperatorCase.sums(of: 16)
    ) { builder, values throws(GraphError) in
      let dx = try builder.add(operation(side: 1), Array(values[0...1]))
      let sum = try builder.add(ReLU(), [builder.add(Accumulate(), [values[3], dx])])
      return [try gated(sum, by: values[2], Step(), in: &builder)]
    },
    OperatorCase(
      .fused, "conv2d_data_gradient+multiply", "a gate that is read twice",
      operands(17, 16, side: 1), tolerance: OperatorCase.sums(of: 16)
    ) { builder, values throws(GraphError) in
      let dx = try builder.add(operation(side: 1), Array(values[0...1]))
      let gate = try builder.add(Step(), [values[2]])
      return [try builder.add(Multiply(), [dx, gate]), gate]
    },
    OperatorCase(
      .fused, "conv2d+relu+multiply", "a convolution with a gate",
      [
        .rows("x", [17, 5, 4]), .weight("w", [17, 17, 1, 1]),
        .rows("gate", [17, 5, 4]).withoutGradient,
      ], tolerance: OperatorCase.sums(of: 17)
    ) { builder, values throws(GraphError) in
      let y = try builder.add(ReLU(), [builder.add(Conv2D(), Array(values[0...1]))])
      return [try gated(y, by: values[2], Step(), in: &builder)]
    },
  ]

  /// The gradient of a convolution with the gate of the activation in front of it.
  private static func gradient(
    _ title: String, _ channels: Int, _ filters: Int, side: Int = 1, stride: Int = 1, _ gate: Step
  ) -> OperatorCase {
    OperatorCase(
      .fused, "conv2d_data_gradient+multiply", title,
      operands(channels, filters, side: side, stride: stride),
      tolerance: OperatorCase.sums(of: filters * side * side)
    ) { builder, values throws(GraphError) in
      let dx = try builder.add(operation(side: side, stride: stride), Array(values[0...1]))
      return [try gated(dx, by: values[2], gate, in: &builder)]
    }
  }

  /// dy, the filters and the activation, for an image of 6 by 5.
  private static func operands(
    _ channels: Int, _ filters: Int, side: Int, stride: Int = 1
  ) -> [Operand] {
    let height = (6 - 1) / stride + 1
    let width = (5 - 1) / stride + 1
    return [
      .rows("dy", [filters, height, width]), .weight("w", [filters, channels, side, side]),
      .rows("gate", [channels, 6, 5]).withoutGradient,
    ]
  }

  private static func operation(side: Int, stride: Int = 1) -> Conv2DDataGradient {
    let conv = Conv2D(window: Window(stride: stride, padding: side / 2))
    return Conv2DDataGradient(conv, inputHeight: 6, inputWidth: 5)
  }

  private static func gated(
    _ value: Value, by gate: Value, _ step: Step, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    try builder.add(Multiply(), [value, builder.add(step, [gate])])
  }
}
