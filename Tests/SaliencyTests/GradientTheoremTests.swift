import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// What must hold of the input-gradient family on a network, whatever its weights.
@Suite struct GradientTheoremTests {
  /// What stands behind a word in the first note of a map.
  private func number(after word: String, in notes: [Note], of target: Int = 0) throws -> Double {
    let text = try #require(notes.first { $0.target == target }).text
    let rest = try #require(text.range(of: word)).upperBound
    let digits = text[rest...].drop { $0 == " " }.prefix { "-+.e0123456789".contains($0) }
    return try #require(Double(digits))
  }

  @Test func guidedBackpropWithoutAReLUIsTheGradient() async throws {
    var builder = GraphBuilder()
    let image = builder.input("image", [1, 3, 4, 4])
    let flat = try builder.add(Reshape([1, 48]), [image])
    let weights = builder.parameter("w", [3, 48])
    let logits = try builder.add(
      Linear(), [builder.add(SiLU(), [flat]), weights])
    let graph = try builder.finish(outputs: [logits])
    let backend = ReferenceBackend()
    let session = try await Session(
      network: graph,
      parameters: backend.upload([
        "w": HostWeights(HostTensor([3, 48]) { Float($0 % 7) - 3 })
      ]), images: backend.upload(HostTensor([1, 3, 4, 4]) { Float($0 % 5) - 2 }),
      backend: backend)
    let plain = try await VanillaGradient().explain(topTargets(0..<1), at: .image, with: session)
    for method in [try GuidedBackprop() as any Explainer, try Deconvnet()] {
      let found = try await method.explain(topTargets(0..<1), at: .image, with: session)
      #expect(same(try await found.maps.download(), try await plain.maps.download()))
      #expect(found.notes.first?.text.contains("no ReLU") == true)
    }
  }

  @Test func guidedBackpropOfPositiveWeightsIsTheGradient() async throws {
    var network = try TinyNetwork(classes: 3, globalPooling: true)
    for (name, source) in network.weights {
      let tensor = try source.tensor()
      network.weights[name] = HostWeights(HostTensor(tensor.shape, tensor.elements.map(abs)))
    }
    let session = try await network.session(TinyNetwork.pictures(2))
    let plain = try await VanillaGradient().maps(topTargets(0..<2), with: session)
    let guided = try await GuidedBackprop().maps(topTargets(0..<2), with: session)
    #expect(plain.elements.contains { $0 > 0 })
    #expect(distance(plain, guided) <= 1e-6 * (plain.elements.max() ?? 1))
  }

  @Test func guidedGradCAMIsTheGuidedGradientTimesGradCAM() async throws {
    let session = try await TinyNetwork(classes: 4).session(TinyNetwork.pictures(2))
    let colours = try await GuidedBackprop(settings: ["reduce": "none"])
      .maps(topTargets(0..<2), with: session)
    let cam = try await GradCAM(settings: ["finish": "pair"]).maps(topTargets(0..<2), with: session)
    let found = try await GuidedGradCAM().maps(topTargets(0..<2), with: session)
    let expected = HostTensor(found.shape) { index in
      colours[index] * cam[index / 2352 * 784 + index % 784]
    }
    #expect(distance(found, expected) < 1e-6 * (expected.elements.map(abs).max() ?? 1))
  }

  @Test func gradientTimesInputOfALinearNetworkIsItsOutput() async throws {
    var builder = GraphBuilder()
    let image = builder.input("image", [1, 3, 2, 2])
    let flat = try builder.add(Reshape([1, 12]), [builder.add(ReLU(), [image])])
    let logits = try builder.add(Linear(), [flat, builder.parameter("w", [2, 12])])
    let graph = try builder.finish(outputs: [logits])
    let backend = ReferenceBackend()
    let session = try await Session(
      network: graph,
      parameters: backend.upload(["w": HostWeights(HostTensor([2, 12]) { Float($0 % 5) - 1 })]),
      images: backend.upload(HostTensor([1, 3, 2, 2]) { Float($0) - 4 }), backend: backend)
    let map = try await GradientTimesInput().maps(topTargets(0..<1), with: session)
    let outputs = try await session.evidence(Query(targets: topTargets(0..<1))).outputs.download()
    let sum = map.elements.reduce(0, +)
    #expect(abs(sum - (outputs.elements.max() ?? 0)) < 1e-4)
  }

  @Test func guidedAndPlainDiffer() async throws {
    let session = try await TinyNetwork(classes: 4).session(TinyNetwork.pictures(1))
    let plain = try await VanillaGradient().maps(topTargets(0..<1), with: session)
    let guided = try await GuidedBackprop().maps(topTargets(0..<1), with: session)
    let deconvnet = try await Deconvnet().maps(topTargets(0..<1), with: session)
    #expect(distance(plain, guided) > 1e-3 && distance(guided, deconvnet) > 1e-3)
  }

  @Test func completenessErrorFallsWithTheSteps() async throws {
    let session = try await TinyNetwork(classes: 4).session(TinyNetwork.pictures(2))
    func error(_ steps: Int) async throws -> Double {
      let method = try IntegratedGradients(settings: ["steps": "\(steps)", "rule": "mid"])
      let found = try await method.explain(topTargets(0..<2), at: .image, with: session)
      return try number(after: "completeness error", in: found.notes)
        + number(after: "completeness error", in: found.notes, of: 1)
    }
    let (few, many) = (try await error(2), try await error(100))
    #expect(many < few / 4 && many < 0.05)
  }

  @Test func linearNetworksAreCompleteWithOneStep() async throws {
    var builder = GraphBuilder()
    let image = builder.input("image", [1, 3, 2, 2])
    let logits = try builder.add(
      Linear(),
      [builder.add(Reshape([1, 12]), [image]), builder.parameter("w", [2, 12])])
    let graph = try builder.finish(outputs: [logits])
    let backend = ReferenceBackend()
    let session = try await Session(
      network: graph,
      parameters: backend.upload(["w": HostWeights(HostTensor([2, 12]) { Float($0 % 5) - 1 })]),
      images: backend.upload(HostTensor([1, 3, 2, 2]) { Float($0) / 3 }), backend: backend)
    for rule in ["right", "left", "mid", "gauss"] {
      let method = try IntegratedGradients(settings: ["steps": "1", "rule": rule])
      let found = try await method.explain(topTargets(0..<1), at: .image, with: session)
      #expect(try number(after: "completeness error", in: found.notes) < 1e-4)
    }
  }

  @Test(arguments: [false, true])
  func fullGradIsComplete(globalPooling: Bool) async throws {
    let network = try TinyNetwork(classes: 4, globalPooling: globalPooling)
    let session = try await network.session(TinyNetwork.pictures(3))
    let found = try await FullGrad().explain(topTargets(0..<3), at: .image, with: session)
    for target in 0..<3 {
      let error = try number(after: "completeness error", in: found.notes, of: target)
      let change = try number(after: "changes by", in: found.notes, of: target)
      #expect(error <= 1e-4 * max(1, abs(change)))
    }
    let maps = try await found.maps.download()
    #expect(maps.shape == [3, 1, 28, 28] && maps.elements.allSatisfy { $0 >= 0 })
  }

  @Test func fullGradCountsTheConstantsOfBatchNorms() async throws {
    var builder = GraphBuilder()
    let image = builder.input("image", [1, 1, 3, 3])
    let norm = try builder.add(
      BatchNorm(epsilon: 1e-5),
      [image] + ["s", "b", "m", "v"].map { builder.parameter(ParameterName($0), [1]) })
    let pooled = try builder.add(ReduceSum(axes: [2, 3], keepsAxes: false), [norm])
    let graph = try builder.finish(outputs: [pooled])
    let backend = ReferenceBackend()
    let parameters = try await backend.upload(
      ["s": 2, "b": 0.5, "m": 1, "v": 4].reduce(into: [ParameterName: any WeightSource]()) {
        $0[ParameterName($1.key)] = HostWeights(HostTensor([1], [$1.value]))
      })
    let session = try await Session(
      network: graph, parameters: parameters,
      images: backend.upload(HostTensor([1, 1, 3, 3]) { Float($0) }), backend: backend,
      options: SessionOptions(scores: .raw))
    let target = Target(image: 0, choice: .outputs([.init(index: 0)]))
    let terms = BiasTerms(scope: .tensor, multiplies: true, alignsCorners: true)
    let evidence = try await session.evidence(
      Query(targets: [target], gradients: [.image], biases: terms))
    // beta = 0.5 - 2 * 1 / 2 = -0.5 at nine places, each with gradient 1.
    let total = try #require(try await evidence.biases?.total.download())
    #expect(abs(total[0] + 4.5) < 1e-4)
    #expect(try await evidence.biases?.map.download().elements == [Float](repeating: 0, count: 9))
    let found = try await FullGrad().explain([target], at: .image, with: session)
    #expect(try number(after: "completeness error", in: found.notes) < 1e-3)
  }

  @Test(arguments: ["smoothgrad", "integrated-gradients", "gradient", "full-grad"])
  func bitsDoNotDependOnTheBatch(name: String) async throws {
    let network = try TinyNetwork(classes: 4)
    let pictures = TinyNetwork.pictures(3)
    let settings = name == "smoothgrad" ? ["n": "7"] : name.hasPrefix("int") ? ["steps": "7"] : [:]
    let method = try Catalogue.explainer(named: name, settings: settings)
    let all = try await method.maps(topTargets(0..<3), with: network.session(pictures))
    for image in 0..<3 {
      let session = try await network.session(pictures.rows(image..<image + 1))
      let targets = [Target(image: 0, choice: .top(1)), Target(image: 0, choice: .top(2))]
      let alone = try await method.maps(targets, with: session)
      #expect(same(alone.rows(0..<1), all.rows(image..<image + 1)))
    }
  }

  @Test func seedsDecideTheNoise() async throws {
    let network = try TinyNetwork(classes: 4)
    func map(_ seed: UInt64) async throws -> HostTensor<Float> {
      let session = try await network.session(
        TinyNetwork.pictures(1), options: SessionOptions(seed: seed))
      return try await SmoothGrad(settings: ["n": "3"]).maps(topTargets(0..<1), with: session)
    }
    let first = try await map(1)
    #expect(same(first, try await map(1)))
    #expect(!same(first, try await map(2)))
  }

  @Test func negatedTargetsNegateTheGradient() async throws {
    let session = try await TinyNetwork(classes: 4).session(TinyNetwork.pictures(1))
    let plain = Target(image: 0, choice: .top(1))
    let negated = Target(image: 0, choice: .top(1), negated: true)
    for name in ["gradient", "integrated-gradients", "smoothgrad"] {
      var settings = ["reduce": "none"]
      if name == "smoothgrad" { settings["n"] = "3" }
      if name == "integrated-gradients" { settings["steps"] = "3" }
      let method = try Catalogue.explainer(named: name, settings: settings)
      let maps = try await method.maps([plain, negated], with: session)
      let opposite = maps.rows(1..<2).elements.map { -$0 }
      #expect(maps.rows(0..<1).elements == opposite)
    }
  }

  @Test func theImageIsFoundThoughALayerHasItsName() async throws {
    var builder = GraphBuilder()
    let image = builder.input("x", [1, 3, 4, 4])
    let inner = try builder.add(ReLU(), [image])
    builder.tap("input", inner, kind: .module)
    let graph = try builder.finish(outputs: [inner])
    #expect(graph.value(of: .input) == inner && graph.value(of: .image) == image)
  }
}
