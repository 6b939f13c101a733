import Graphs
import Operators
import Tensors

/// Other chains of nodes that an engine may compute in one step.
enum FusedChainCases: CaseSource {
  static let cases: [OperatorCase] = [
    OperatorCase(
      .fused, "reshape+linear", "flattened maps of 17 channels",
      [.rows("x", [17, 3, 3]), .weight("w", [10, 153]), .weight("b", [10])], rows: 5,
      tolerance: OperatorCase.sums(of: 153)
    ) { builder, values throws(GraphError) in
      let flat = try builder.add(Reshape([1, 153]), [values[0]])
      return [try builder.add(Linear(), [flat] + values[1...])]
    },
    OperatorCase(
      .fused, "global_average_pool+reshape+linear", "33 channels",
      [.rows("x", [33, 5, 7]), .weight("w", [17, 33]), .weight("b", [17])]
    ) { builder, values throws(GraphError) in
      let mean = try builder.add(GlobalAveragePool(), [values[0]])
      let flat = try builder.add(Reshape([1, 33]), [mean])
      return [try builder.add(Linear(), [flat] + values[1...])]
    },
    OperatorCase(
      .fused, "linear+relu", "65 to 33",
      [.rows("x", [65]), .weight("w", [33, 65]), .weight("b", [33])]
    ) { builder, values throws(GraphError) in
      [try builder.add(ReLU(), [builder.add(Linear(), values)])]
    },
    OperatorCase(
      .fused, "masked_blend+conv2d", "three pictures, five rows",
      [
        .rows("images", [3, 9, 7], on: .images), .rows("baseline", [3, 9, 7], on: .images),
        .rows("mask", [1, 9, 7], .mask),
        .rows("owner", [1], .list([2, 0, 2, 1, 0])).withoutGradient,
        .weight("w", [16, 3, 3, 3]), .weight("b", [16]),
      ], rows: 5, others: [.images: 3]
    ) { builder, values throws(GraphError) in
      let blend = try builder.add(MaskedBlend(), Array(values[0...3]))
      let conv = Conv2D(window: Window(stride: 2, padding: 1))
      return [try builder.add(conv, [blend] + values[4...])]
    },
    OperatorCase(
      .fused, "resize_bilinear+min_max", "group maps",
      [.rows("x", [17, 4, 5])]
    ) { builder, values throws(GraphError) in
      let resize = ResizeBilinear(height: 15, width: 13, alignsCorners: false)
      return [try builder.add(MinMax(), [builder.add(resize, values)])]
    },
    OperatorCase(
      .fused, "weighted_channel_sum+relu", "Grad-CAM of 33 channels",
      [.rows("a", [33, 7, 7]), .rows("gradient", [33, 7, 7])]
    ) { builder, values throws(GraphError) in
      let weights = try builder.add(ReduceMean(axes: [2, 3], keepsAxes: true), [values[1]])
      let map = try builder.add(WeightedChannelSum(), [values[0], weights])
      return [try builder.add(ReLU(), [map])]
    },
    OperatorCase(
      .fused, "sigmoid+multiply", "a gate for each channel",
      [.rows("x", [17, 5, 3]), .rows("gate", [17, 1, 1])]
    ) { builder, values throws(GraphError) in
      [try builder.add(Multiply(), [values[0], builder.add(Sigmoid(), [values[1]])])]
    },
  ]
}
