import Graphs
import Operators
import Tensors

/// Convolutions with what networks put behind them: normalisation, residual, activation.
enum FusedConvolutionCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("conv2d+relu", ReLU(), 17, 16),
    make("conv2d+relu", ReLU(), 16, 17, side: 3),
    make("conv2d+silu", SiLU(), 16, 17, side: 3),
    make("conv2d+hard_swish", HardSwish(), 17, 16, side: 3),
    make("conv2d+clamp", Clamp(lower: 0, upper: 6), 15, 31),
    make("conv2d+sigmoid", Sigmoid(), 16, 16),
    make("conv2d+silu", SiLU(), 17, 31, rows: 5),
    make("conv2d+hard_sigmoid", HardSigmoid(), 16, 17),
    make("conv2d+hard_swish", HardSwish(), 16, 32),
    OperatorCase(
      .fused, "conv2d+batch_norm+relu", "17 to 33 channels", convolution(17, 33) + statistics(33),
      tolerance: OperatorCase.sums(of: 17)
    ) { builder, values throws(GraphError) in
      let y = try builder.add(Conv2D(), Array(values[0...1]))
      let normalised = try builder.add(BatchNorm(epsilon: 1e-5), [y] + values[2...])
      return [try builder.add(ReLU(), [normalised])]
    },
    OperatorCase(
      .fused, "conv2d+batch_norm+add+relu", "a residual of 16 channels",
      convolution(16, 16) + statistics(16) + [.rows("residual", [16, 5, 4])], rows: 5,
      tolerance: OperatorCase.sums(of: 16)
    ) { builder, values throws(GraphError) in
      let y = try builder.add(Conv2D(), Array(values[0...1]))
      let normalised = try builder.add(BatchNorm(epsilon: 1e-5), [y] + values[2...5])
      return [try builder.add(ReLU(), [builder.add(Add(), [normalised, values[6]])])]
    },
    residual("the residual behind", 17) { [$0, $1] },
    residual("the residual in front", 17) { [$1, $0] },
    residual("3x3, the residual behind", 17, side: 3) { [$0, $1] },
    residual("3x3, the residual in front", 16, side: 3) { [$1, $0] },
    OperatorCase(
      .fused, "conv2d+relu:both-wanted", "17 to 16 channels", convolution(17, 16),
      tolerance: OperatorCase.sums(of: 17)
    ) { builder, values throws(GraphError) in
      let y = try builder.add(Conv2D(), values)
      return [y, try builder.add(ReLU(), [y])]
    },
    OperatorCase(
      .fused, "conv2d+relu:both-read", "17 to 17 channels", convolution(17, 17),
      tolerance: OperatorCase.sums(of: 17)
    ) { builder, values throws(GraphError) in
      let y = try builder.add(Conv2D(), values)
      let sum = try builder.add(Add(), [builder.add(ReLU(), [y]), y])
      return [sum]
    },
    OperatorCase(
      .fused, "conv2d+add that broadcasts", "a context of one pixel", pixel(17),
      tolerance: OperatorCase.sums(of: 17)
    ) { builder, values throws(GraphError) in
      let context = try builder.add(
        Conv2D(), [builder.add(GlobalAveragePool(), [values[0]]), values[1], values[2]])
      return [try builder.add(Add(), [values[0], context])]
    },
    OperatorCase(
      .fused, "conv2d of a weight", "an image that is a parameter, added to each row",
      [.rows("x", [16, 3, 4]), .weight("image", [1, 17, 3, 4]), .weight("w", [16, 17, 1, 1])],
      tolerance: OperatorCase.sums(of: 17)
    ) { builder, values throws(GraphError) in
      let y = try builder.add(Conv2D(), [values[1], values[2]])
      return [try builder.add(ReLU(), [builder.add(Add(), [values[0], y])])]
    },
    OperatorCase(
      .fused, "conv2d+add+silu", "one pixel a filter, with a bias", pixel(33), rows: 3,
      tolerance: OperatorCase.sums(of: 33)
    ) { builder, values throws(GraphError) in
      let y = try builder.add(Conv2D(), values)
      return [try builder.add(SiLU(), [builder.add(Add(), [y, values[0]])])]
    },
  ]

  private static func pixel(_ channels: Int) -> [Operand] {
    [
      .rows("x", [channels, 5, 4]), .weight("w", [channels, channels, 1, 1]),
      .weight("b", [channels]),
    ]
  }

  /// An image and filters of a side.
  ///
  /// One pixel a filter is the default: what is fused does not depend on it, and a simulator
  /// computes half a million products a second.
  private static func convolution(_ channels: Int, _ filters: Int, _ side: Int = 1) -> [Operand] {
    [.rows("x", [channels, 5, 4]), .weight("w", [filters, channels, side, side])]
  }

  private static func statistics(_ channels: Int) -> [Operand] {
    [
      .weight("scale", [channels]), .weight("bias", [channels]), .weight("mean", [channels]),
      .weight("variance", [channels], .positive),
    ]
  }

  private static func make(
    _ pattern: String, _ activation: some Operator, _ channels: Int, _ filters: Int, side: Int = 1,
    rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(
      .fused, pattern, "\(side)x\(side), \(channels) to \(filters) channels",
      convolution(channels, filters, side) + [.weight("b", [filters])], rows: rows,
      tolerance: OperatorCase.sums(of: side * side * channels)
    ) { builder, values throws(GraphError) in
      let conv = Conv2D(window: Window(padding: side / 2))
      return [try builder.add(activation, [builder.add(conv, values)])]
    }
  }

  private static func residual(
    _ title: String, _ channels: Int, side: Int = 1, _ order: (Value, Value) -> [Value]
  ) -> OperatorCase {
    OperatorCase(
      .fused, "conv2d+add+relu", title,
      convolution(channels, channels, side) + [.rows("residual", [channels, 5, 4])],
      tolerance: OperatorCase.sums(of: side * side * channels)
    ) { builder, values throws(GraphError) in
      let conv = Conv2D(window: Window(padding: side / 2))
      let y = try builder.add(conv, Array(values[0...1]))
      return [try builder.add(ReLU(), [builder.add(Add(), order(y, values[2]))])]
    }
  }
}
