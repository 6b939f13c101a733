import Execution
import Graphs
import Models
import Operators
import ReferenceBackend
import Tensors
import Testing

/// Architectures as code against torchvision's.
@Suite struct ArchitectureTests {
  @Test(arguments: Architecture.allCases)
  func parametersAreTorchvisions(architecture: Architecture) throws {
    let blueprint = try architecture.blueprint(classCount: ArchitectureFixture.classCount)
    let lines = try ArchitectureFixture(architecture).lines
    #expect(blueprint.parameters.map(\.name.text) == lines.map(\.name))
    #expect(blueprint.parameters.map(\.shape) == lines.map(\.shape))
    #expect(blueprint.head.map(\.text) == lines.suffix(2).map(\.name))
    #expect(blueprint.classCount == 10 && blueprint.architecture == architecture)
    let norms = blueprint.graph.nodes.count { $0.operation is BatchNorm }
    #expect(norms == lines.count { $0.name.hasSuffix("running_mean") } && norms > 7)
  }

  @Test(arguments: Architecture.allCases)
  func parametersBeginAsTorchvisionsDo(architecture: Architecture) throws {
    let blueprint = try architecture.blueprint(classCount: ArchitectureFixture.classCount)
    let weights = blueprint.initialWeights(seed: 5)
    for line in try ArchitectureFixture(architecture).lines {
      let source = try #require(weights[ParameterName(line.name)])
      let sample = try source.elements(0..<min(line.shape.elementCount, 1 << 12)).map(Double.init)
      if let value = line.value {
        #expect(sample.allSatisfy { $0 == Double(value) }, "\(line.name)")
        continue
      }
      let square = sample.reduce(0) { $0 + $1 * $1 } / Double(sample.count)
      let largest = sample.map(abs).max() ?? 0
      // Even numbers end at 1.73 deviations; of a thousand normal ones some lie beyond three.
      let isEven = line.spread.largest < 2.2 * line.spread.deviation
      // Six standard deviations of an estimate from as many numbers.
      let error = 6 / (2 * Double(sample.count)).squareRoot()
      #expect(abs(square.squareRoot() / line.spread.deviation - 1) < error, "\(line.name)")
      if sample.count > 1000 {
        #expect((largest < 2.2 * square.squareRoot()) == isEven, "\(line.name)")
      }
    }
  }

  @Test func numbersFollowFromSeedAndPlaceAlone() throws {
    let blueprint = try Architecture.scenes.blueprint(classCount: 3)
    let (first, second) = (blueprint.initialWeights(seed: 1), blueprint.initialWeights(seed: 2))
    let whole = try #require(first["layer1.0.conv1.weight"]).elements(0..<600)
    #expect(
      try #require(first["layer1.0.conv1.weight"]).elements(123..<457) == Array(whole[123..<457]))
    #expect(try #require(second["layer1.0.conv1.weight"]).elements(0..<600) != whole)
    #expect(try #require(first["layer1.0.conv2.weight"]).elements(0..<600) != whole)
  }

  @Test(arguments: Architecture.allCases)
  func logitsAreTorchvisions(architecture: Architecture) async throws {
    let narrow: [Architecture: any NetworkPlan] = [
      .vgg11BN: VGG(convolutions: [1, 1, 2, 2, 2], hidden: 16),
      .vgg16BN: VGG(convolutions: [2, 2, 3, 3, 3], hidden: 16),
    ]
    let plan = narrow[architecture] ?? architecture.plan
    let blueprint = try architecture.blueprint(
      plan, classCount: ArchitectureFixture.classCount, size: ArchitectureFixture.size)
    let backend = ReferenceBackend()
    let executable = try await backend.compile(blueprint.graph, CompileOptions(capacity: 1))
    let logits = try await executable.run(
      [backend.upload(ArchitectureFixture.picture)],
      backend.upload(ArchitectureFixture.weights(blueprint)))[0].download()
    let expected = try ArchitectureFixture(architecture).logits
    let largest = expected.map(abs).max() ?? 0
    for (logit, truth) in zip(logits.elements, expected) {
      #expect(abs(Double(logit) - truth) < 1e-6 * largest, "\(architecture)")
    }
    #expect(logits.elements.count == expected.count)
  }

  @Test func dropoutsAreNoted() throws {
    let found = try Architecture.allCases.map { try $0.blueprint(classCount: 2).dropouts }
    #expect(found.map(\.count) == [0, 0, 0, 0, 2, 2, 1, 0])
    let vgg = try Architecture.vgg16BN.blueprint(classCount: 2)
    #expect(vgg.dropouts.map(\.name) == ["classifier.2", "classifier.5"])
    #expect(vgg.dropouts.map(\.probability) == [0.5, 0.5])
    #expect(vgg.dropouts.map { vgg.graph[$0.value].shape } == [[1, 4096], [1, 4096]])
  }

  @Test func modulesCanBeTapped() throws {
    let names: [Architecture: (tap: String, automatic: Shape)] = [
      .resNet50: ("layer4.2", [1, 2048, 7, 7]), .vgg11BN: ("features.27", [1, 512, 14, 14]),
      .mobileNetV2: ("features.18", [1, 1280, 7, 7]),
      .denseNet121: ("features.denseblock4.denselayer16", [1, 1024, 7, 7]),
    ]
    for (architecture, expected) in names {
      let blueprint = try architecture.blueprint(classCount: 2)
      let network = blueprint.network(blueprint.initialWeights(seed: 0))
      #expect(throws: Never.self) { try network.layer(named: expected.tap) }
      #expect(try network.automaticLayer().shape == expected.automatic, "\(architecture)")
    }
  }

  @Test func picturesOfOtherSizesAreTakenOrRefused() throws {
    for architecture in Architecture.allCases {
      let small = try architecture.blueprint(classCount: 2, size: (33, 47))
      #expect(small.graph[small.graph.inputs[0]].shape == [1, 3, 33, 47])
      let whole = try architecture.blueprint(classCount: 2)
      #expect(small.parameters == whole.parameters)
      for size in [(15, 64), (64, 16_385)] {
        let error = modelError { () throws(ModelError) in
          _ = try architecture.blueprint(classCount: 2, size: size)
        }
        #expect(error?.description.contains("give a size from") ?? false)
      }
    }
  }

  @Test(arguments: [(5, 16), (7, 21), (1, 4), (14, 9), (28, 7)])
  func adaptivePoolingIsPyTorchs(height: Int, width: Int) async throws {
    let size = (height: 32 * height, width: 32 * width)
    let blueprint = try Architecture.vgg11BN.blueprint(
      AdaptivePooling(), classCount: 3, size: size)
    let backend = ReferenceBackend()
    let executable = try await backend.compile(blueprint.graph, CompileOptions(capacity: 1))
    let picture = HostTensor<Float>([1, 3, size.height, size.width]) {
      Float(ArchitectureFixture.number($0, seed: 4))
    }
    let found = try await executable.run([backend.upload(picture)], backend.upload([:]))[0]
      .download()
    #expect(found.shape == [1, 3, 7, 7])
    // The definition on the maps that the plan pools first.
    for place in 0..<3 * 49 {
      let (channel, row, column) = (place / 49, place / 7 % 7, place % 7)
      let rows = row * height / 7..<Int((Double((row + 1) * height) / 7).rounded(.up))
      let columns = column * width / 7..<Int((Double((column + 1) * width) / 7).rounded(.up))
      var sum = 0.0
      for y in 32 * rows.lowerBound..<32 * rows.upperBound {
        for x in 32 * columns.lowerBound..<32 * columns.upperBound {
          sum += Double(picture[0, channel, y, x])
        }
      }
      let mean = sum / Double(1024 * rows.count * columns.count)
      #expect(abs(Double(found[place]) - mean) < 1e-6)
    }
  }
}

/// A picture in squares of 32x32, pooled as VGG pools its maps.
private struct AdaptivePooling: NetworkPlan {
  let scheme = WeightScheme(filters: .small, linear: .small, spreadsLinearBias: false)
  let head = ""

  func logits(
    _ image: Value, classCount: Int, in modules: inout ModuleGraph
  ) throws(GraphError) -> Value {
    let maps = try modules.averagePool(image, .init(32, 32))
    return try modules.adaptiveAveragePool(maps, to: 7)
  }
}
