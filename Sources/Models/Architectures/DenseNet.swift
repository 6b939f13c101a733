import Graphs
import Operators

/// Networks whose layers read all layers of their block before them.
///
/// G. Huang et al., Densely Connected Convolutional Networks, CVPR 2017.
struct DenseNet: NetworkPlan {
  let scheme = WeightScheme(filters: .heFanIn, linear: .evenFanIn, spreadsLinearBias: false)
  let head = "classifier"
  /// The layers of each block.
  let layers: [Int]
  /// The channels that a layer adds.
  let growth = 32

  func logits(
    _ image: Value, classCount: Int, in modules: inout ModuleGraph
  ) throws(GraphError) -> Value {
    var x = try modules.convolution("features.conv0", image, channels: 64, kernel: 7, stride: 2)
    x = try modules.batchNorm("features.norm0", x)
    x = try modules.module("features.relu0", ReLU(), [x])
    x = try modules.maxPool("features.pool0", x, kernel: 3, stride: 2, padding: 1)
    for (block, count) in layers.enumerated() {
      x = try denseBlock("features.denseblock\(block + 1)", x, layers: count, in: &modules)
      if block < layers.count - 1 {
        x = try transition("features.transition\(block + 1)", x, in: &modules)
      }
    }
    x = try modules.batchNorm("features.norm5", x)
    modules.name("features", x)
    x = try modules.relu("relu", x)
    x = try modules.add(GlobalAveragePool(), [x])
    return try modules.linear(head, x, outputs: classCount)
  }

  private func denseBlock(
    _ name: String, _ input: Value, layers: Int, in modules: inout ModuleGraph
  ) throws(GraphError) -> Value {
    var features = [input]
    for layer in 0..<layers {
      let name = "\(name).denselayer\(layer + 1)"
      let all = layer == 0 ? input : try modules.add(Concat(axis: 1), features)
      var x = try modules.batchNorm("\(name).norm1", all)
      x = try modules.module("\(name).relu1", ReLU(), [x])
      x = try modules.convolution("\(name).conv1", x, channels: 4 * growth, kernel: 1)
      x = try modules.batchNorm("\(name).norm2", x)
      x = try modules.module("\(name).relu2", ReLU(), [x])
      x = try modules.convolution("\(name).conv2", x, channels: growth, kernel: 3)
      modules.name(name, x)
      features.append(x)
    }
    return try modules.module(name, Concat(axis: 1), features)
  }

  /// Half the channels and half the size.
  private func transition(
    _ name: String, _ input: Value, in modules: inout ModuleGraph
  ) throws(GraphError) -> Value {
    var x = try modules.batchNorm("\(name).norm", input)
    x = try modules.module("\(name).relu", ReLU(), [x])
    let channels = modules.shape(of: x)[1] / 2
    x = try modules.convolution("\(name).conv", x, channels: channels, kernel: 1)
    x = try modules.averagePool(x, .init(2, 2))
    modules.name(name, x)
    return x
  }
}
