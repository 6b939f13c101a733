import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors

/// Two convolutions, a global pooling and a linear layer over pictures of three colours, large enough
/// for every blur.
enum ColourNetwork {
  static let side = 32
  static let classes = 3
  static let layer: LayerName = "layer"

  static let images = HostTensor<Float>([2, 3, side, side]) { place in
    Float((place * 37 + place / side * 11) % 101) / 50 - 1 + (place / side % side > 14 ? 0.4 : 0)
  }

  static func graph() throws -> Graph {
    var builder = GraphBuilder()
    let image = builder.input("x", [1, 3, side, side])
    let names: [(String, Shape)] = [
      ("first.weight", [4, 3, 3, 3]), ("first.bias", [4]), ("second.weight", [6, 4, 3, 3]),
      ("second.bias", [6]), ("head.weight", [classes, 6]),
    ]
    let p = names.map { builder.parameter(ParameterName($0.0), $0.1) }
    let conv = Conv2D(window: Window(stride: 2, padding: 1))
    let first = try builder.add(ReLU(), [builder.add(conv, [image, p[0], p[1]])])
    let second = try builder.add(ReLU(), [builder.add(conv, [first, p[2], p[3]])])
    builder.tap("layer", second, kind: .module)
    let pooled = try builder.add(Reshape([1, 6]), [builder.add(GlobalAveragePool(), [second])])
    return try builder.finish(outputs: [builder.add(Linear(), [pooled, p[4]])])
  }

  static func session(
    on backend: any Backend = ReferenceBackend(), _ options: SessionOptions = SessionOptions(),
    scale: Float = 1
  ) async throws -> Session {
    let graph = try graph()
    var weights: [ParameterName: any WeightSource] = [:]
    for (name, shape) in graph.parameters {
      weights[name] = HostWeights(
        HostTensor(shape) { scale * Float(($0 * 29 + 7) % 23 - 10) / 40 })
    }
    return try Session(
      network: graph, parameters: try await backend.upload(weights),
      images: try await backend.upload(images), backend: backend, options: options)
  }
}
