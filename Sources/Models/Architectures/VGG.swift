import Graphs
import Operators

/// Networks of 3x3 convolutions, here with batch normalisation.
///
/// K. Simonyan, A. Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition,
/// ICLR 2015.
package struct VGG: NetworkPlan {
  package let scheme = WeightScheme(filters: .heFanOut, linear: .small, spreadsLinearBias: false)
  package let head = "classifier.6"
  /// The convolutions of each stage; a stage ends in a pooling.
  private let convolutions: [Int]
  /// The outputs of the two hidden linear layers.
  private let hidden: Int

  /// A network; torchvision's have 4096 hidden outputs.
  package init(convolutions: [Int], hidden: Int = 4096) {
    self.convolutions = convolutions
    self.hidden = hidden
  }

  /// All modules, as torchvision numbers them.
  package func logits(
    _ image: Value, classCount: Int, in modules: inout ModuleGraph
  ) throws(GraphError) -> Value {
    var (x, place) = (image, 0)
    for (stage, count) in convolutions.enumerated() {
      for _ in 0..<count {
        x = try modules.convolution(
          "features.\(place)", x, channels: min(64 << stage, 512), kernel: 3, hasBias: true)
        x = try modules.batchNorm("features.\(place + 1)", x)
        x = try modules.module("features.\(place + 2)", ReLU(), [x])
        place += 3
      }
      x = try modules.maxPool("features.\(place)", x, kernel: 2, stride: 2)
      place += 1
    }
    modules.name("features", x)
    x = try modules.adaptiveAveragePool(x, to: 7)
    modules.name("avgpool", x)
    for place in [0, 3] {
      x = try modules.linear("classifier.\(place)", x, outputs: hidden)
      x = try modules.module("classifier.\(place + 1)", ReLU(), [x])
      modules.dropout("classifier.\(place + 2)", x, 0.5)
    }
    return try modules.linear(head, x, outputs: classCount)
  }
}
