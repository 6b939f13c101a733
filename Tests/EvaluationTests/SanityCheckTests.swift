import Evaluation
import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// A convolution, batch normalisation and a linear layer, on the reference engine.
@Suite("Sanity checks")
struct SanityCheckTests {
  static let side = 48

  static func network() throws -> Graph {
    var builder = GraphBuilder()
    let image = builder.input("x", [1, 1, side, side])
    let filters = builder.parameter(ParameterName("conv.weight"), [4, 1, 3, 3])
    let bias = builder.parameter(ParameterName("conv.bias"), [4])
    let statistics = ["scale", "shift", "mean", "variance"].map {
      builder.parameter(ParameterName("bn.\($0)"), [4])
    }
    let conv = try builder.add(Conv2D(window: Window(padding: 1)), [image, filters, bias])
    let normal = try builder.add(BatchNorm(epsilon: 1e-5), [conv] + statistics)
    let active = try builder.add(ReLU(), [normal])
    builder.tap("active", active, kind: .module)
    let pooled = try builder.add(Reshape([1, 4]), [builder.add(GlobalAveragePool(), [active])])
    let head = builder.parameter(ParameterName("head.weight"), [3, 4])
    let logits = try builder.add(Linear(), [pooled, head])
    return try builder.finish(outputs: [logits])
  }

  static func session(seed: UInt64 = 0) async throws -> Session {
    let weights: [String: (Shape, Float)] = [
      "conv.weight": ([4, 1, 3, 3], 1), "conv.bias": ([4], 0.25), "bn.scale": ([4], 2),
      "bn.shift": ([4], 0.5), "bn.mean": ([4], 0), "bn.variance": ([4], 1),
      "head.weight": ([3, 4], 1),
    ]
    var sources: [ParameterName: any WeightSource] = [:]
    for (name, (shape, scale)) in weights {
      sources[ParameterName(name)] = HostWeights(
        HostTensor(shape) { place in
          name.hasSuffix("weight") ? scale * Float((place * 7 + 3) % 11 - 5) / 5 : scale
        })
    }
    let backend = ReferenceBackend()
    let images = HostTensor<Float>([2, 1, side, side]) { place in
      Float((place * 37) % 101) / 50 - 1 + (place / side % side > 20 ? 0.5 : 0)
    }
    return try Session(
      network: try network(), parameters: try await backend.upload(sources),
      images: try await backend.upload(images), backend: backend,
      options: SessionOptions(seed: seed))
  }

  static func made(by explainer: any Explainer, _ session: Session) async throws -> Subjects {
    let maker = Maker(explainer, at: [LayerName("active")])
    let targets = [target(1), target(2, image: 1)]
    let made = try await maker.explain(targets, with: session)
    return Subjects(targets: targets, maps: made.maps, maker: maker)
  }

  @Test("a map of the weights changes, one of nothing stays, and the network is as it was")
  func cascade() async throws {
    let session = try await Self.session()
    let gradients = try await Self.made(by: try GradCAM(), session)
    let before = try await gradients.hostMaps()
    let found = try await SanityCheck().measure(gradients, with: session)
    #expect(found.count == 2)
    for measurement in found {
      #expect(measurement.curves.map(\.name) == ["spearman", "signed", "ssim", "hog"])
      // The linear layer, then the convolution with its normalisation.
      #expect(measurement.curves.allSatisfy { $0.values.count == 2 })
      #expect(measurement.value == measurement.curves[0].values[1])
      #expect(measurement.part("first") == measurement.curves[0].values[0])
      #expect(abs(measurement.value ?? 1) < 0.999)
    }
    let again = try await Self.made(by: try GradCAM(), session).hostMaps()
    #expect(again == before)
    let centre = try await Self.made(by: try CentreMap(), session)
    for measurement in try await SanityCheck().measure(centre, with: session) {
      for curve in measurement.curves { #expect(curve.values.allSatisfy { $0 > 1 - 1e-12 }) }
    }
  }

  @Test("independent steps are the mean, convolutions alone are fewer, and the seed decides")
  func settings() async throws {
    let session = try await Self.session()
    let subjects = try await Self.made(by: try GradCAM(), session)
    let independent = try await SanityCheck(settings: ["mode": "independent"])
      .measure(subjects, with: session)
    for measurement in independent {
      let values = measurement.curves[0].values
      #expect(values.count == 2 && measurement.value == (values[0] + values[1]) / 2)
    }
    let cascade = try await SanityCheck().measure(subjects, with: session)
    // The first layer that is lost is the same in both.
    #expect(cascade.map { $0.curves[0].values[0] } == independent.map { $0.curves[0].values[0] })
    #expect(cascade.map { $0.curves[0].values[1] } != independent.map { $0.curves[0].values[1] })
    let convolutions = try await SanityCheck(settings: ["layers": "conv"])
      .measure(subjects, with: session)
    #expect(convolutions.allSatisfy { $0.curves[0].values.count == 1 })
    let ranges = try await SanityCheck(settings: ["ssim-range": "2", "similarity": "ssim"])
      .measure(subjects, with: session)
    #expect(zip(ranges, cascade).allSatisfy { $0.value ?? 0 > $1.curves[2].values[1] })
    let other = try await SanityCheck().measure(subjects, with: Self.session(seed: 5))
    #expect(other != cascade)
    let same = try await SanityCheck().measure(subjects, with: Self.session())
    #expect(same == cascade)
  }

  @Test("maps of files cannot be made again")
  func files() async throws {
    let session = try await Self.session()
    let maps = HostTensor<Float>([1, 1, Self.side, Self.side], filledWith: 1)
    let found = try await SanityCheck().measure(subjects(maps, [target(0)]), with: session)
    #expect(found.map(\.value) == [nil] && found[0].reason != nil)
  }

  @Test("each layer goes to the device once, and the class is that of the trained network")
  func stepsAndClasses() async throws {
    let backend = WatchedBackend()
    let session = try await ColourNetwork.session(on: backend)
    let maker = Maker(try GradCAM(), at: [ColourNetwork.layer])
    func measure(_ targets: [Target]) async throws -> [Evaluation.Measurement] {
      let maps = try await maker.explain(targets, with: session).maps
      return try await SanityCheck().measure(
        Subjects(targets: targets, maps: maps, maker: maker), with: session)
    }
    let chosen = try await measure([
      Target(image: 0, choice: .top(1)), Target(image: 1, choice: .top(1)),
    ])
    #expect(
      await backend.log.replaced == [
        ["head.weight"], ["second.bias", "second.weight"], ["first.bias", "first.weight"],
      ])
    let outputs = try await session.views(for: [target(0), target(0, image: 1)], activations: [])
      .outputs.download()
    let classes = try (0..<2).map { image in
      let row = outputs.rows(image..<image + 1).elements
      return try #require(row.indices.max { row[$0] < row[$1] })
    }
    #expect(chosen == (try await measure([target(classes[0]), target(classes[1], image: 1)])))
  }

  @Test("a network of random weights that is not finite is an error, for maps with colours too")
  func notFinite() async throws {
    // The layers that stay give infinity to those that are drawn.
    let session = try await ColourNetwork.session(scale: .infinity)
    let kinds: [(any Explainer, LayerName)] = [
      (try GradCAM(), ColourNetwork.layer),
      (try VanillaGradient(settings: ["reduce": "none"]), .image),
    ]
    for (explainer, layer) in kinds {
      let maps = HostTensor<Float>([1, 1, 32, 32]) { Float($0 % 7) }
      let own = try await Subjects(
        targets: [target(0)], maps: session.upload(maps), maker: Maker(explainer, at: [layer]))
      let found = try await SanityCheck().measure(own, with: session)
      #expect(found[0].isFailed && found[0].value == nil, "\(found)")
      #expect(found[0].reason?.contains("NaN or infinity") == true, "\(found)")
    }
  }
}
