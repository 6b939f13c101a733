import Graphs
import Operators
import Tensors

/// The convolutions of the networks that most people explain, at 224x224 pixels.
///
/// Equal layers of different networks stand once. Where a network is wider or narrower, tune it by
/// its own file.
enum StandardLayers {
  /// A convolution with a bias and a rectifier.
  struct Layer: Hashable, Sendable {
    var channels: Int
    var filters: Int
    var kernel: Int
    var size: Int
    var stride = 1
    var groups = 1

    /// The layer as a graph.
    func graph() throws(GraphError) -> Graph {
      var builder = GraphBuilder()
      let x = builder.input("x", [1, channels, size, size], rows: .rows)
      let w = builder.parameter("w", [filters, channels / groups, kernel, kernel])
      let b = builder.parameter("b", [filters])
      let window = Window(stride: stride, padding: kernel / 2)
      let y = try builder.add(Conv2D(window: window, groups: groups), [x, w, b])
      return try builder.finish(outputs: [try builder.add(ReLU(), [y])])
    }
  }

  /// Every layer, the networks in the order of their age.
  static var all: [Layer] {
    var seen: Set<Layer> = []
    return (vgg + basicResNet + bottleneckResNet + mobileNet).filter { seen.insert($0).inserted }
  }

  /// VGG-16 and VGG-19, after table 1 of Simonyan and Zisserman 2015.
  private static var vgg: [Layer] {
    var layers: [Layer] = []
    var channels = 3
    for (stage, filters) in [64, 128, 256, 512, 512].enumerated() {
      let size = 224 >> stage
      layers.append(Layer(channels: channels, filters: filters, kernel: 3, size: size))
      layers.append(Layer(channels: filters, filters: filters, kernel: 3, size: size))
      channels = filters
    }
    return layers
  }

  /// ResNet-18 and ResNet-34, after table 1 of He and others 2016.
  private static var basicResNet: [Layer] {
    var layers = [Layer(channels: 3, filters: 64, kernel: 7, size: 224, stride: 2)]
    for (stage, filters) in [64, 128, 256, 512].enumerated() {
      let size = 56 >> stage
      if stage > 0 {
        let (half, twice) = (filters / 2, size * 2)
        layers.append(Layer(channels: half, filters: filters, kernel: 3, size: twice, stride: 2))
        layers.append(Layer(channels: half, filters: filters, kernel: 1, size: twice, stride: 2))
      }
      layers.append(Layer(channels: filters, filters: filters, kernel: 3, size: size))
    }
    return layers
  }

  /// ResNet-50, -101 and -152, with the stride in the 3x3 filters as torchvision has it.
  private static var bottleneckResNet: [Layer] {
    var layers: [Layer] = []
    var channels = 64
    for (stage, width) in [64, 128, 256, 512].enumerated() {
      let size = 56 >> stage
      let (stride, before) = stage == 0 ? (1, size) : (2, size * 2)
      layers.append(Layer(channels: channels, filters: width, kernel: 1, size: before))
      layers.append(
        Layer(channels: width, filters: width, kernel: 3, size: before, stride: stride))
      layers.append(
        Layer(channels: channels, filters: 4 * width, kernel: 1, size: before, stride: stride))
      channels = 4 * width
      layers.append(Layer(channels: width, filters: channels, kernel: 1, size: size))
      layers.append(Layer(channels: channels, filters: width, kernel: 1, size: size))
      layers.append(Layer(channels: width, filters: width, kernel: 3, size: size))
    }
    return layers
  }

  /// MobileNetV2, after table 2 of Sandler and others 2018.
  private static var mobileNet: [Layer] {
    var layers = [Layer(channels: 3, filters: 32, kernel: 3, size: 224, stride: 2)]
    var (channels, size) = (32, 112)
    let stages = [
      (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
      (6, 320, 1, 1),
    ]
    for (expansion, filters, count, firstStride) in stages {
      for block in 0..<count {
        let stride = block == 0 ? firstStride : 1
        let wide = channels * expansion
        if expansion > 1 {
          layers.append(Layer(channels: channels, filters: wide, kernel: 1, size: size))
        }
        layers.append(
          Layer(
            channels: wide, filters: wide, kernel: 3, size: size, stride: stride, groups: wide))
        size /= stride
        layers.append(Layer(channels: wide, filters: filters, kernel: 1, size: size))
        channels = filters
      }
    }
    layers.append(Layer(channels: 320, filters: 1280, kernel: 1, size: 7))
    return layers
  }
}
