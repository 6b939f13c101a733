import Graphs
import Operators

/// Inverted residuals with linear bottlenecks.
///
/// M. Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR 2018.
struct MobileNetV2: NetworkPlan {
  /// Some blocks of equal width, the first of which may stride.
  private struct Stage {
    let expansion: Int
    let channels: Int
    let blocks: Int
    let stride: Int
  }

  let scheme = WeightScheme(filters: .heFanOut, linear: .small, spreadsLinearBias: false)
  let head = "classifier.1"

  /// Table 2 of the paper.
  private static let stages = [
    Stage(expansion: 1, channels: 16, blocks: 1, stride: 1),
    Stage(expansion: 6, channels: 24, blocks: 2, stride: 2),
    Stage(expansion: 6, channels: 32, blocks: 3, stride: 2),
    Stage(expansion: 6, channels: 64, blocks: 4, stride: 2),
    Stage(expansion: 6, channels: 96, blocks: 3, stride: 1),
    Stage(expansion: 6, channels: 160, blocks: 3, stride: 2),
    Stage(expansion: 6, channels: 320, blocks: 1, stride: 1),
  ]

  func logits(
    _ image: Value, classCount: Int, in modules: inout ModuleGraph
  ) throws(GraphError) -> Value {
    var x = try modules.relu6("features.0", image, channels: 32, kernel: 3, stride: 2)
    var place = 1
    for stage in Self.stages {
      for block in 0..<stage.blocks {
        x = try modules.invertedResidual(
          "features.\(place)", x, expansion: stage.expansion, channels: stage.channels,
          stride: block == 0 ? stage.stride : 1)
        place += 1
      }
    }
    x = try modules.relu6("features.\(place)", x, channels: 1280, kernel: 1)
    modules.name("features", x)
    x = try modules.add(GlobalAveragePool(), [x])
    modules.dropout("classifier.0", x, 0.2)
    return try modules.linear(head, x, outputs: classCount)
  }
}

extension ModuleGraph {
  /// A convolution, a batch normalisation, and a rectifier that ends at 6.
  fileprivate mutating func relu6(
    _ name: String, _ input: Value, channels: Int, kernel: Int, stride: Int = 1, groups: Int = 1
  ) throws(GraphError) -> Value {
    let x = try convolution(
      "\(name).0", input, channels: channels, kernel: kernel, stride: stride, groups: groups)
    let clamped = try module(
      "\(name).2", Clamp(lower: 0, upper: 6), [batchNorm("\(name).1", x)])
    self.name(name, clamped)
    return clamped
  }

  /// Widen, filter each channel, narrow; the input is added where nothing changes its shape.
  fileprivate mutating func invertedResidual(
    _ name: String, _ input: Value, expansion: Int, channels: Int, stride: Int
  ) throws(GraphError) -> Value {
    let inputs = shape(of: input)[1]
    let hidden = inputs * expansion
    var (x, place) = (input, 0)
    if expansion > 1 {
      x = try relu6("\(name).conv.0", x, channels: hidden, kernel: 1)
      place = 1
    }
    x = try relu6(
      "\(name).conv.\(place)", x, channels: hidden, kernel: 3, stride: stride, groups: hidden)
    x = try convolution("\(name).conv.\(place + 1)", x, channels: channels, kernel: 1)
    x = try batchNorm("\(name).conv.\(place + 2)", x)
    self.name("\(name).conv", x)
    guard stride == 1, inputs == channels else {
      self.name(name, x)
      return x
    }
    return try module(name, Add(), [input, x])
  }
}
