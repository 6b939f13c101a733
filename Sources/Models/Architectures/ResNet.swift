import Graphs
import Operators

/// Residual networks.
///
/// K. He et al., Deep Residual Learning for Image Recognition, CVPR 2016. As torchvision builds them:
/// blocks with bottlenecks stride in their 3x3 convolution.
struct ResNet: NetworkPlan {
  let scheme = WeightScheme(filters: .heFanOut, linear: .evenFanIn, spreadsLinearBias: true)
  let head = "fc"
  /// The blocks of each stage.
  let blocks: [Int]
  /// Whether blocks narrow their channels to a quarter for the 3x3 convolution.
  var hasBottlenecks = false

  func logits(
    _ image: Value, classCount: Int, in modules: inout ModuleGraph
  ) throws(GraphError) -> Value {
    var x = try modules.convolution("conv1", image, channels: 64, kernel: 7, stride: 2)
    x = try modules.relu("relu", modules.batchNorm("bn1", x))
    x = try modules.maxPool("maxpool", x, kernel: 3, stride: 2, padding: 1)
    for (stage, count) in blocks.enumerated() {
      x = try modules.residualStage(
        "layer\(stage + 1)", x, channels: 64 << stage, blocks: count, stride: stage == 0 ? 1 : 2,
        hasBottlenecks: hasBottlenecks)
    }
    x = try modules.module("avgpool", GlobalAveragePool(), [x])
    return try modules.linear(head, x, outputs: classCount)
  }
}

extension ModuleGraph {
  /// Residual blocks, the first of which may stride.
  mutating func residualStage(
    _ name: String, _ input: Value, channels: Int, blocks: Int, stride: Int,
    hasBottlenecks: Bool = false
  ) throws(GraphError) -> Value {
    var x = input
    for block in 0..<blocks {
      x = try residual(
        "\(name).\(block)", x, channels: channels, stride: block == 0 ? stride : 1,
        expansion: hasBottlenecks ? 4 : 1)
    }
    self.name(name, x)
    return x
  }

  /// relu(branch(x) + x); where size or channels change, x goes through a 1x1 convolution.
  private mutating func residual(
    _ name: String, _ input: Value, channels: Int, stride: Int, expansion: Int
  ) throws(GraphError) -> Value {
    let branch =
      expansion == 1
      ? try basic(name, input, channels: channels, stride: stride)
      : try bottleneck(name, input, channels: channels, stride: stride, expansion: expansion)
    var beside = input
    if stride != 1 || shape(of: input)[1] != channels * expansion {
      beside = try convolution(
        "\(name).downsample.0", input, channels: channels * expansion, kernel: 1, stride: stride)
      beside = try batchNorm("\(name).downsample.1", beside)
      self.name("\(name).downsample", beside)
    }
    let sum = try tensor("\(name).add.output", Add(), [branch, beside])
    return try module(name, ReLU(), [sum])
  }

  private mutating func basic(
    _ name: String, _ input: Value, channels: Int, stride: Int
  ) throws(GraphError) -> Value {
    var x = try convolution("\(name).conv1", input, channels: channels, kernel: 3, stride: stride)
    x = try relu("\(name).relu", batchNorm("\(name).bn1", x))
    x = try convolution("\(name).conv2", x, channels: channels, kernel: 3)
    return try batchNorm("\(name).bn2", x)
  }

  private mutating func bottleneck(
    _ name: String, _ input: Value, channels: Int, stride: Int, expansion: Int
  ) throws(GraphError) -> Value {
    var x = try convolution("\(name).conv1", input, channels: channels, kernel: 1)
    x = try relu("\(name).relu", batchNorm("\(name).bn1", x))
    x = try convolution("\(name).conv2", x, channels: channels, kernel: 3, stride: stride)
    x = try relu("\(name).relu2", batchNorm("\(name).bn2", x))
    x = try convolution("\(name).conv3", x, channels: channels * expansion, kernel: 1)
    return try batchNorm("\(name).bn3", x)
  }
}
