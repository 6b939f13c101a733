import Execution
import Foundation
import Graphs
import Models
import Operators
import Tensors
import Training

/// What `Tools/reference/augmentation_fixtures.py` records of eight pictures on one network.
struct AugmentationFixture {
  /// The masks and pictures of a formula.
  struct Truth {
    let maps: HostTensor<Float>
    let masks: HostTensor<Float>
    /// How far each map is from its threshold.
    let margins: HostTensor<Float>
    let pictures: HostTensor<Float>
  }

  static let names = ["residual", "vgg"]
  static let pictureCount = 8
  static let side = 40

  let graph: Graph
  /// The layer that maps are made of.
  let layer: LayerName
  let weights: [ParameterName: any WeightSource]
  /// `[8, 3, 40, 40]`.
  let pictures: HostTensor<Float>
  let labels: [Int]
  private let name: String

  /// The fixture of a network.
  init(_ name: String) throws {
    self.name = name
    let file = try Self.file(name)
    if name == "vgg" {
      (graph, layer, weights) = (try Self.vgg(), "features.10", file.weights)
    } else {
      let network = try ModelFile.safetensors(file).network(size: (Self.side, Self.side))
      (graph, weights) = (network.graph, network.weights)
      layer = LayerName(try network.automaticLayer().tensor)
    }
    pictures = try Self.tensor("pictures", of: Self.file("pictures"))
    labels = try Self.tensor("labels", of: Self.file("\(name).labels")).elements.map { Int($0) }
  }

  /// What the formula makes of the pictures.
  func truth(_ formula: AugmentationOptions.Formula) throws -> Truth {
    let file = try Self.file("\(name).\(formula.rawValue)")
    func tensor(_ part: String) throws -> HostTensor<Float> { try Self.tensor(part, of: file) }
    return Truth(
      maps: try tensor("maps"), masks: try tensor("masks"), margins: try tensor("margins"),
      pictures: try tensor("pictures"))
  }

  /// The augmentation of this network under the weights of the fixture, or others.
  func augmentation(
    _ options: AugmentationOptions, _ parameters: (any ResidentParameters)? = nil,
    on backend: any Backend
  ) async throws -> SaliencyAugmentation {
    var parameters = parameters
    if parameters == nil { parameters = try await backend.upload(weights) }
    guard let parameters else { throw CocoaError(.coderValueNotFound) }
    return try await SaliencyAugmentation(
      graph, parameters, at: layer, options: options, on: backend)
  }

  /// The place of some pictures in a run.
  static func place(
    _ samples: [Int], epoch: Int = 0, batch: Int = 0, seed: UInt64 = 3
  ) -> BatchPlace {
    BatchPlace(seed: seed, epoch: epoch, batch: batch, samples: samples)
  }

  private static func file(_ name: String) throws -> SafetensorsFile {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = tests.appending(path: "Fixtures/augmentation/\(name).safetensors")
    return try SafetensorsFile(MappedFile(file.path))
  }

  private static func tensor(_ name: String, of file: SafetensorsFile) throws -> HostTensor<Float> {
    guard let source = file.weights[ParameterName(name)] else {
      throw CocoaError(.coderValueNotFound)
    }
    return try source.tensor()
  }

  /// Convolutions with biases, each with a ReLU and a pooling, then two linear layers.
  private static func vgg() throws -> Graph {
    var graph = GraphBuilder()
    var x = graph.input("image", [1, 3, side, side])
    for (place, channels) in [(0, 8), (3, 8), (6, 16), (9, 40)] {
      let inputs = graph.shape(of: x)[1]
      let filters = graph.parameter(
        ParameterName("features.\(place).weight"), [channels, inputs, 3, 3])
      let bias = graph.parameter(ParameterName("features.\(place).bias"), [channels])
      x = try graph.add(Conv2D(window: Window(padding: 1), groups: 1), [x, filters, bias])
      x = try graph.add(ReLU(), [x])
      graph.tap(LayerName("features.\(place + 1)"), x, kind: .tensor)
      let pool = MaxPool(kernel: .init(2, 2), window: Window(stride: 2), ceilMode: false)
      x = try graph.add(pool, [x])
    }
    x = try linear("classifier.0", x, outputs: 24, in: &graph)
    let logits = try linear("classifier.2", graph.add(ReLU(), [x]), outputs: 10, in: &graph)
    return try graph.finish(outputs: [logits])
  }

  private static func linear(
    _ name: String, _ x: Value, outputs: Int, in graph: inout GraphBuilder
  ) throws -> Value {
    let count = graph.shape(of: x).row.elementCount
    let weight = graph.parameter(ParameterName("\(name).weight"), [outputs, count])
    let bias = graph.parameter(ParameterName("\(name).bias"), [outputs])
    return try graph.add(Linear(), [graph.add(Reshape([1, count]), [x]), weight, bias])
  }
}
