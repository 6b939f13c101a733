import Graphs
import Operators
import Tensors

/// The architecture of the bundled models: a small residual network.
///
/// conv1, bn1, ReLU; stages of residual blocks, each of which halves the picture in its first block;
/// global average pooling; fc. The total stride is 16: 8x8 places at the tap for pictures of 128x128.
struct ScenesNetwork: NetworkPlan {
  let scheme = WeightScheme(filters: .evenFanIn, linear: .evenFanIn, spreadsLinearBias: true)
  let head = "fc"
  /// The channels of the first convolution.
  var channels = 16
  /// Channels and blocks of each stage.
  var stages = [
    Stage(channels: 24, blocks: 1), Stage(channels: 48, blocks: 2), Stage(channels: 96, blocks: 2),
  ]

  /// Some blocks of equal width.
  struct Stage: Sendable, Hashable {
    let channels: Int
    let blocks: Int
  }

  private static let blockLimit = 16

  /// The widths of the bundled models.
  init() {}

  /// The widths and blocks that weights have; what else is wrong with them, binding finds.
  init(_ file: SafetensorsFile) {
    let filters = { (name: String) -> Int? in
      guard let shape = file.weights[ParameterName("\(name).weight")]?.shape, shape.rank == 4,
        shape.elementCount > 0
      else { return nil }
      return shape[0]
    }
    channels = filters("conv1") ?? channels
    stages = []
    while stages.count < Self.blockLimit,
      let channels = filters("layer\(stages.count + 1).0.conv1")
    {
      let blocks = (0..<Self.blockLimit).prefix {
        filters("layer\(stages.count + 1).\($0).conv1") != nil
      }
      stages.append(Stage(channels: channels, blocks: blocks.count))
    }
  }

  func logits(
    _ image: Value, classCount: Int, in modules: inout ModuleGraph
  ) throws(GraphError) -> Value {
    var x = try modules.convolution("conv1", image, channels: channels, kernel: 3, stride: 2)
    x = try modules.relu("relu", modules.batchNorm("bn1", x))
    for (number, stage) in stages.enumerated() {
      x = try modules.residualStage(
        "layer\(number + 1)", x, channels: stage.channels, blocks: stage.blocks, stride: 2)
    }
    x = try modules.module("avgpool", GlobalAveragePool(), [x])
    return try modules.linear(head, x, outputs: classCount)
  }
}
