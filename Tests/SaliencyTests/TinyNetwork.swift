import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors

/// A small network with random weights: two convolutions, a pooling and two linear layers.
///
/// Images are 3 x 28 x 28, large enough for the default blur; the layer `last` is 12 x 7 x 7 and
/// its gradients vary over space. Numbers come from a linear congruence, the same on every run.
struct TinyNetwork {
  var graph: Graph
  var weights: [ParameterName: any WeightSource] = [:]
  static let layer: LayerName = "last"

  private var state: UInt64

  /// A network with so many outputs.
  init(classes: Int, globalPooling: Bool = false, seed: UInt64 = 7) throws {
    var builder = GraphBuilder()
    state = seed
    graph = try Self.empty()
    let image = builder.input("image", [1, 3, 28, 28])
    var x = try convolution("first", image, [8, 3, 3, 3], stride: 2, in: &builder)
    builder.tap("first", x, kind: .module)
    x = try convolution("last", x, [12, 8, 3, 3], stride: 2, in: &builder)
    builder.tap("last", x, kind: .module)
    if globalPooling {
      x = try builder.add(GlobalAveragePool(), [x])
      x = try builder.add(Reshape([1, 12]), [x])
    } else {
      let pool = MaxPool(kernel: .init(2, 2), window: Window(stride: 2), ceilMode: false)
      x = try builder.add(pool, [x])
      x = try builder.add(Reshape([1, 108]), [x])
      x = try linear("hidden", x, [16, 108], in: &builder)
      x = try builder.add(ReLU(), [x])
    }
    let logits = try linear("head", x, [classes, globalPooling ? 12 : 16], in: &builder)
    graph = try builder.finish(outputs: [logits])
  }

  private static func empty() throws -> Graph {
    var builder = GraphBuilder()
    let value = builder.input("none", [1])
    return try builder.finish(outputs: [value])
  }

  /// A number in [-1, 1).
  private mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 23) - 1
  }

  private mutating func parameter(
    _ name: ParameterName, _ shape: Shape, scale: Float, in builder: inout GraphBuilder
  ) -> Value {
    let elements = (0..<shape.elementCount).map { _ in next() * scale }
    weights[name] = HostWeights(HostTensor(shape, elements))
    return builder.parameter(name, shape)
  }

  private mutating func convolution(
    _ name: String, _ x: Value, _ shape: Shape, stride: Int, in builder: inout GraphBuilder
  ) throws -> Value {
    let fan = Float(shape.row.elementCount)
    let w = parameter(.init("\(name).weight"), shape, scale: (6 / fan).squareRoot(), in: &builder)
    let b = parameter(.init("\(name).bias"), [shape[0]], scale: 0.1, in: &builder)
    let conv = Conv2D(window: Window(stride: stride, padding: 1))
    return try builder.add(ReLU(), [builder.add(conv, [x, w, b])])
  }

  private mutating func linear(
    _ name: String, _ x: Value, _ shape: Shape, in builder: inout GraphBuilder
  ) throws -> Value {
    let scale = 2 * (6 / Float(shape[1])).squareRoot()
    let w = parameter(.init("\(name).weight"), shape, scale: scale, in: &builder)
    let b = parameter(.init("\(name).bias"), [shape[0]], scale: 0.1, in: &builder)
    return try builder.add(Linear(), [x, w, b])
  }

  /// Pictures with some structure: a bright disc at a different place in each, and noise.
  static func pictures(_ count: Int) -> HostTensor<Float> {
    var state: UInt64 = 99
    return HostTensor([count, 3, 28, 28]) { index in
      let (n, c) = (index / 2352, index / 784 % 3)
      let (y, x) = (index / 28 % 28, index % 28)
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Float(state >> 40) / Float(1 << 23) - 1
      let (dy, dx) = (y - 6 - 4 * n % 17, x - 8 - 7 * n % 15)
      let disc: Float = dy * dy + dx * dx < 30 ? 1.5 : -0.5
      return disc * Float(c + 1) / 2 + noise / 4
    }
  }

  /// A session over some pictures.
  func session(
    _ pictures: HostTensor<Float>, backend: any Backend = ReferenceBackend(),
    options: SessionOptions = SessionOptions()
  ) async throws -> Session {
    try await Session(
      network: graph, parameters: backend.upload(weights), images: backend.upload(pictures),
      backend: backend, options: options)
  }
}

/// The first choice of each of some images.
func topTargets(_ images: Range<Int>) -> [Target] {
  images.map { Target(image: $0, choice: .top(1)) }
}

extension Explainer {
  /// The finished maps on the host.
  func maps(
    _ targets: [Target], at layer: LayerName = TinyNetwork.layer, with probe: some Probe
  ) async throws -> HostTensor<Float> {
    try await explain(targets, at: layer, with: probe).maps.download()
  }
}
