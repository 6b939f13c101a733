import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// The input-gradient family on numbers made by hand: two colours of 1 x 2.
@Suite struct GradientTests {
  static let gradients = HostTensor<Float>([1, 2, 1, 2], [1, -4, -3, 2])
  static let images = HostTensor<Float>([1, 2, 1, 2], [2, 1, -1, 5])

  private func probe(_ gradients: HostTensor<Float> = gradients) async throws -> FakeProbe {
    try await FakeProbe(activations: Self.images, gradients: gradients)
  }

  @Test(
    arguments: [
      ("abs-max", [3, 4]), ("abs-sum", [4, 6]), ("max", [1, 2]), ("sum", [-2, -2]),
      ("none", [1, -4, -3, 2]),
    ] as [(String, [Float])])
  func coloursAreReduced(how: String, expected: [Float]) async throws {
    let method = try VanillaGradient(settings: ["reduce": how])
    let found = try await method.explain([classZero], at: .image, with: probe())
    let maps = try await found.maps.download()
    #expect(maps.elements == expected)
    #expect(maps.shape == [1, how == "none" ? 2 : 1, 1, 2])
    #expect(same(try #require(try await found.raw?.download()), Self.gradients))
    let ends = [try #require(expected.min()), try #require(expected.max())]
    #expect(try await found.extremes.download().elements == ends)
    #expect(try await found.summaries()[0].isDegenerate == false)
    #expect(found.passes == [Passes(forwards: 1, backwards: 1)])
  }

  @Test func defaultsAreThoseOfThePapers() throws {
    let values = try Catalogue.methods.map { method in
      try method.init(settings: [:]).resolvedSettings.first { $0.name == "reduce" }?.value
    }
    let known = Dictionary(
      zip(Catalogue.methods.map { $0.name }, values), uniquingKeysWith: { first, _ in first })
    for name in ["gradient", "deconvnet", "guided-backprop"] { #expect(known[name] == "abs-max") }
    for name in ["gradient-x-input", "integrated-gradients"] { #expect(known[name] == "sum") }
    #expect(known["smoothgrad"] == "abs-sum")
    #expect(known["guided-grad-cam"] == "none")
    #expect(known["full-grad"] == .some(nil))
  }

  @Test func gradientTimesInputMultiplies() async throws {
    let found = try await GradientTimesInput().explain([classZero], at: .image, with: probe())
    #expect(try await found.maps.download().elements == [5, 6])
    #expect(try await found.raw?.download().elements == [2, -4, 3, 10])
  }

  @Test func rulesAreAskedFor() async throws {
    let probe = try await probe()
    let guided = try await GuidedBackprop().maps([classZero], at: .image, with: probe)
    let deconvnet = try await Deconvnet(settings: ["reduce": "sum"])
      .maps([classZero], at: .image, with: probe)
    #expect(guided.elements == [3, 4] && deconvnet.elements == [-2, -2])
    let rules = await probe.record.queries.map(\.rules)
    #expect(rules == [RuleBook([RectifierRule.guided]), RuleBook([RectifierRule.deconvnet])])
  }

  /// x·g is (2, -4), (3, 10): as a whole 0, 1/4, 1/8, 1; each colour alone 0, 1, 0, 1.
  @Test(
    arguments: [
      ("official", [1.125, 3.25]), ("simple", [1.125, 3.25]), ("library", [0, 1]),
    ] as [(String, [Float])])
  func fullGradAddsTheTermOfTheImage(variant: String, expected: [Float]) async throws {
    var probe = try await probe()
    probe.biases = BiasTerms.Sums(
      map: try await probe.upload(HostTensor([1, 1, 1, 2], [1, 2])),
      total: try await probe.upload(HostTensor([1, 1], [0])))
    let method = try FullGrad(settings: ["variant": variant])
    let found = try await method.explain([classZero], at: .image, with: probe)
    #expect(distance(try await found.maps.download(), HostTensor([1, 1, 1, 2], expected)) < 1e-6)
    let terms = try #require(await probe.record.queries.first?.biases)
    #expect(terms.multiplies == (variant != "simple"))
    #expect(terms.alignsCorners == (variant != "library"))
    #expect(terms.scope == (variant == "library" ? .channel : .tensor))
  }

  @Test func nothingChangesIsAnEmptyMapWithAReason() async throws {
    let zeros = HostTensor<Float>([1, 2, 1, 2], filledWith: 0)
    let found = try await VanillaGradient().explain([classZero], at: .image, with: probe(zeros))
    let summary = try #require(try await found.summaries().first)
    #expect(summary.isDegenerate && summary.error == nil)
    #expect(summary.reason?.contains("zero everywhere") == true)
    var bad = Self.gradients
    bad[1] = .nan
    let broken = try await VanillaGradient().explain([classZero], at: .image, with: probe(bad))
    #expect(try await broken.summaries().first?.error != nil)
  }

  /// y = Σ c·f(x); the rows are the plain derivative, deconvnet's and guided backprop's.
  @Test func rulesFollowTheTable() async throws {
    let x: [Float] = [1, -1, 2, -2, 7, 0]
    let c: [Float] = [1, 1, -1, -1, 1, 1]
    func passed(
      _ operation: some Operator, slope: Float? = nil, _ rules: RuleBook
    ) async throws -> [Float] {
      var builder = GraphBuilder()
      let image = builder.input("x", [1, 6])
      var shown = try builder.add(operation, [image])
      if let slope {
        let rest = try builder.add(Subtract(), [image, shown])
        shown = try builder.add(
          Add(), [shown, builder.add(Multiply(), [rest, builder.constant(slope)])])
      }
      let product = try builder.add(Multiply(), [shown, builder.constant(HostTensor([1, 6], c))])
      let sum = try builder.add(ReduceSum(axes: [1], keepsAxes: true), [product])
      let graph = try builder.finish(outputs: [sum]).backward(from: sum, to: [image], rules: rules)
      let backend = ReferenceBackend()
      let executable = try await backend.compile(graph, CompileOptions(capacity: 1))
      let outputs = try await executable.run(
        [backend.upload(HostTensor([1, 6], x))], backend.upload([:]))
      return try await outputs[1].download().elements
    }
    let deconvnet = RuleBook([RectifierRule.deconvnet])
    let guided = RuleBook([RectifierRule.guided])
    #expect(try await passed(ReLU(), .derivative) == [1, 0, -1, 0, 1, 0])
    #expect(try await passed(ReLU(), deconvnet) == [1, 1, 0, 0, 1, 1])
    #expect(try await passed(ReLU(), guided) == [1, 0, 0, 0, 1, 0])
    let six = Clamp(lower: 0, upper: 6)
    #expect(try await passed(six, .derivative) == [1, 0, -1, 0, 0, 0])
    #expect(try await passed(six, deconvnet) == [1, 1, 0, 0, 1, 1])
    #expect(try await passed(six, guided) == [1, 0, 0, 0, 0, 0])
    let other = try await passed(SiLU(), guided)
    #expect(other == (try await passed(SiLU(), .derivative)))
    let leaky: [Float] = [1, 0.25, -1, -0.25, 1, 0.25]
    for rules in [RuleBook.derivative, guided, deconvnet] {
      #expect(try await passed(ReLU(), slope: 0.25, rules) == leaky)
    }
  }

  @Test(arguments: ["nearest", "bilinear"])
  func guidedGradCAMMultipliesByTheMap(resize: String) async throws {
    // alpha = 1; the ReLU of the map is (0, 2) and (4, 0), over its maximum (0, 1/2), (1, 0).
    let probe = try await FakeProbe(
      activations: HostTensor([1, 1, 2, 2], [-1, 2, 4, 0]),
      gradients: HostTensor([1, 1, 2, 2], [1, 1, 1, 1]), image: (2, 2))
    for (norm, factor) in [("max", Float(4)), ("none", 1)] {
      let method = try GuidedGradCAM(settings: ["resize": resize, "camnorm": norm])
      let found = try await method.explain([classZero], at: "a", with: probe)
      #expect(try await found.maps.download().elements == [0, 2, 4, 0].map { $0 / factor })
      #expect(found.passes == [Passes(forwards: 1, backwards: 2)])
    }
    let queries = await probe.record.queries
    #expect(queries.allSatisfy { $0.relevance?.rules == RuleBook([RectifierRule.guided]) })
    #expect(queries.allSatisfy { $0.rules == .derivative && $0.gradients == ["a"] })
  }

  @Test func pathRulesIntegrate() throws {
    for rule in PathRule.allCases {
      let points = rule.points(4)
      #expect(points.count == 4)
      #expect(abs(points.reduce(0) { $0 + $1.weight } - 1) < 1e-12, "\(rule)")
    }
    #expect(PathRule.right.points(4).map(\.place) == [0.25, 0.5, 0.75, 1])
    #expect(PathRule.left.points(4).map(\.place) == [0, 0.25, 0.5, 0.75])
    #expect(PathRule.mid.points(2).map(\.place) == [0.25, 0.75])
    #expect(PathRule.trapezoid.points(3).map(\.weight) == [0.25, 0.5, 0.25])
    #expect(PathRule.pair.points(5).map(\.place) == [0, 0.25, 0.5, 0.75, 1])
    // Gauss-Legendre with n points is exact for polynomials of degree 2n - 1: x^9 with 5.
    for count in [1, 2, 5, 50] {
      let points = PathRule.gauss.points(count)
      let degree = 2 * min(count, 5) - 1
      let integral = points.reduce(0.0) { sum, point in
        sum + point.weight * (0..<degree).reduce(1.0) { power, _ in power * point.place }
      }
      #expect(abs(integral - 1 / Double(degree + 1)) < 1e-13, "\(count)")
      #expect(zip(points, points.dropFirst()).allSatisfy { $0.place < $1.place })
    }
    #expect(throws: SettingError.self) {
      try IntegratedGradients(settings: ["rule": "pair", "steps": "1"])
    }
  }

  /// y = Σ x², so that the gradient at an image is 2x and the integral from zeros is x².
  @Test(arguments: [
    ("mid", "7", Float(1)), ("right", "1", 2), ("right", "4", 1.25), ("gauss", "3", 1),
  ])
  func squaresAreIntegrated(rule: String, steps: String, factor: Float) async throws {
    var probe = try await FakeProbe(
      activations: HostTensor([2, 1, 3, 3], filledWith: 0),
      gradients: HostTensor([2, 1, 3, 3], filledWith: 0))
    probe.respond = { images in
      (
        HostTensor([images.shape[0], 2], filledWith: 0),
        HostTensor(images.shape, images.elements.map { 2 * $0 })
      )
    }
    let method = try IntegratedGradients(
      settings: ["rule": rule, "steps": steps, "baseline": "zero"])
    let targets = [classZero, Target(image: 1, choice: .outputs([.init(index: 1)]))]
    let found = try await method.explain(targets, at: .image, with: probe).maps.download()
    let x = try await probe.images.download()
    let expected = HostTensor(x.shape, x.elements.map { $0 * $0 * factor })
    #expect(distance(found, expected) < 2e-6)
    #expect(method.needs(probe.network).passes.backwards == Int(steps))
  }

  @Test(arguments: [
    ("mean", "product"), ("square", "product"), ("var", "product"), ("mean", "groupcam"),
  ])
  func samplesAreThoseOfTheStream(mode: String, sigma: String) async throws {
    var probe = try await FakeProbe(
      activations: HostTensor([1, 1, 2, 2], filledWith: 0),
      gradients: HostTensor([1, 1, 2, 2], filledWith: 0))
    // The gradient is the noisy image itself.
    probe.respond = { images in (HostTensor([images.shape[0], 2], filledWith: 0), images) }
    let settings = ["mode": mode, "sigma": sigma, "n": "20", "level": "0.5", "reduce": "sum"]
    let found = try await SmoothGrad(settings: settings)
      .explain([classZero], at: .image, with: probe).maps.download()
    let x = try await probe.images.download().elements.map(Double.init)
    let range = try #require(x.max()) - #require(x.min())
    let deviation = sigma == "product" ? 0.5 * range : 0.5 / range
    let philox = Philox(seed: 0)
    for place in 0..<4 {
      let samples = (0..<20).map { sample in
        x[place] + deviation * philox.normal(UInt64(4 * sample + place), stream: .noise)
      }
      let mean = samples.reduce(0, +) / 20
      let expected =
        switch mode {
        case "square": samples.reduce(0) { $0 + $1 * $1 } / 20
        case "var": samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20
        default: mean
        }
      #expect(abs(Double(found[place]) - expected) < 3e-6, "\(mode) \(sigma)")
    }
  }

  @Test func constantImagesHaveNoNoise() async throws {
    var probe = try await FakeProbe(
      activations: HostTensor([1, 1, 2, 2], filledWith: 0),
      gradients: HostTensor([1, 1, 2, 2], filledWith: 0))
    probe.images = try await probe.upload(HostTensor([1, 1, 2, 2], filledWith: 3))
    probe.respond = { images in (HostTensor([images.shape[0], 2], filledWith: 0), images) }
    for sigma in ["product", "groupcam"] {
      let method = try SmoothGrad(settings: ["sigma": sigma, "n": "3"])
      let found = try await method.explain([classZero], at: .image, with: probe)
      #expect(try await found.maps.download().elements == [3, 3, 3, 3])
    }
  }

  @Test func sumsOfMagnitudesAreScaled() async throws {
    // Whole tensor: |v| in 0...4 over 4. Each channel alone: 1...4 and 2...3 over their ranges.
    let values = HostTensor<Float>([1, 2, 1, 2], [-1, 4, 2, -3])
    for (scope, expected) in [
      (.tensor, [1 / 3, 5 / 3]), (.channel, [0, 2]),
    ] as [(BiasTerms.Scope, [Float])] {
      let terms = BiasTerms(scope: scope, multiplies: true, alignsCorners: true)
      let probe = try await probe()
      let found = try await probe.compute([probe.upload(values)]) {
        (builder, inputs) throws(GraphError) in [try terms.scaled(inputs[0], in: &builder)]
      }[0].download()
      #expect(distance(found, HostTensor([1, 1, 1, 2], expected)) < 1e-6)
    }
  }
}
