import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// A residual network with batch-norm that stands alone or is folded into its convolutions.
private struct ResidualNetwork {
  var graph: Graph
  var weights: [ParameterName: any WeightSource] = [:]
  /// The weights of the last linear layer, `[5, 12]`.
  private(set) var heads: HostTensor<Float>?
  let isFolded: Bool
  private var state: UInt64 = 11

  init(isFolded: Bool, groups: Int = 1, ends: Bool = true, silu: Bool = false) throws {
    self.isFolded = isFolded
    var builder = GraphBuilder()
    let image = builder.input("image", [1, 3, 12, 12])
    graph = try GraphBuilder.single()
    var x = try convolution("a", image, [8, 3, 3, 3], in: &builder)
    x = try builder.add(ReLU(), [x])
    let pool = MaxPool(kernel: .init(2, 2), window: Window(stride: 2), ceilMode: false)
    x = try builder.add(pool, [x])
    var y = try convolution("b", x, [8, 8 / groups, 3, 3], groups: groups, in: &builder)
    y = try builder.add(ReLU(), [y])
    y = try convolution("c", y, [8, 8, 3, 3], in: &builder)
    x = try builder.add(ReLU(), [builder.add(Add(), [x, y])])
    builder.tap("block", x, kind: .module)
    x = try convolution("d", x, [12, 8, 3, 3], in: &builder)
    x = silu ? try builder.add(SiLU(), [x]) : try builder.add(ReLU(), [x])
    builder.tap("last", x, kind: .module)
    x = try builder.add(GlobalAveragePool(), [x])
    x = try builder.add(Reshape([1, 12]), [x])
    if ends {
      let head = parameter("head", [5, 12], in: &builder)
      x = try builder.add(Linear(), [x, head, parameter("head.bias", [5], in: &builder)])
    }
    graph = try builder.finish(outputs: [x])
  }

  private mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 23) - 1
  }

  private mutating func parameter(
    _ name: String, _ shape: Shape, in builder: inout GraphBuilder
  ) -> Value {
    let tensor = HostTensor<Float>(shape, (0..<shape.elementCount).map { _ in next() / 2 })
    if name == "head" { heads = tensor }
    return keep(name, tensor, in: &builder)
  }

  private mutating func keep(
    _ name: String, _ tensor: HostTensor<Float>, in builder: inout GraphBuilder
  ) -> Value {
    weights[ParameterName(name)] = HostWeights(tensor)
    return builder.parameter(ParameterName(name), tensor.shape)
  }

  /// A convolution without bias and a batch-norm, or one convolution with bias.
  private mutating func convolution(
    _ name: String, _ x: Value, _ shape: Shape, groups: Int = 1, in builder: inout GraphBuilder
  ) throws -> Value {
    var kernel = HostTensor<Float>(shape, (0..<shape.elementCount).map { _ in next() / 2 })
    let count = shape[0]
    let scale = (0..<count).map { _ in 1 + next() / 2 }
    let bias = (0..<count).map { _ in next() / 4 }
    let mean = (0..<count).map { _ in next() / 4 }
    let variance = (0..<count).map { _ in 1 + next() / 2 }
    let conv = Conv2D(window: Window(padding: 1), groups: groups)
    if isFolded {
      let size = shape.row.elementCount
      let factors = (0..<count).map { scale[$0] / (variance[$0] + 1e-5).squareRoot() }
      for place in kernel.elements.indices { kernel[place] *= factors[place / size] }
      let shift = (0..<count).map { bias[$0] - mean[$0] * factors[$0] }
      let b = keep("\(name).b", HostTensor([count], shift), in: &builder)
      return try builder.add(conv, [x, keep(name, kernel, in: &builder), b])
    }
    let y = try builder.add(conv, [x, keep(name, kernel, in: &builder)])
    builder.tap(LayerName(name), y, kind: .module)
    let norm = [("scale", scale), ("bias", bias), ("mean", mean), ("variance", variance)]
    var inputs = [y]
    for (part, values) in norm {
      inputs.append(keep("\(name).\(part)", HostTensor([count], values), in: &builder))
    }
    return try builder.add(BatchNorm(epsilon: 1e-5), inputs)
  }

  func session() async throws -> Session {
    let backend = ReferenceBackend()
    var state: UInt64 = 3
    let images = HostTensor<Float>([3, 3, 12, 12]) { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 23) - 1
    }
    return try await Session(
      network: graph, parameters: backend.upload(weights), images: backend.upload(images),
      backend: backend)
  }
}

extension GraphBuilder {
  fileprivate static func single() throws -> Graph {
    var builder = GraphBuilder()
    let value = builder.input("none", [1])
    return try builder.finish(outputs: [value])
  }
}

/// What must hold of TSGB on any network of its kind.
@Suite struct TSGBTheoremTests {
  private static let targets = (0..<3).map {
    Target(image: $0, choice: .outputs([.init(index: $0 + 1)]))
  }

  /// P of each target: positive weights of its class times the pooled activations of `last`.
  private static func positiveEvidence(_ session: Session) async throws -> [Float] {
    let network = try ResidualNetwork(isFolded: false)
    let head = try #require(network.heads)
    let evidence = try await session.evidence(Query(targets: targets, activations: ["last"]))
    let values = try await #require(evidence.activations["last"]).download()
    let places = values.shape[2] * values.shape[3]
    return targets.indices.map { row in
      (0..<12).reduce(Float(0)) { sum, channel in
        let start = (row * 12 + channel) * places
        let mean = values.elements[start..<start + places].reduce(0, +) / Float(places)
        return sum + mean * max(head[(row + 1) * 12 + channel], 0)
      }
    }
  }

  @Test(arguments: ["0", "0.75", "1"], ["input", "block", "last"])
  func relevanceAddsUpToWhatIsNotBalanced(scale: String, readout: String) async throws {
    let session = try await ResidualNetwork(isFolded: true).session()
    let known = try await Self.positiveEvidence(session)
    let method = try TSGB(settings: ["scale": scale, "readout": readout])
    let maps = try #require(
      try await method.explain(Self.targets, at: "none", with: session).raw?.download())
    let size = maps.shape.row.elementCount
    for (row, positive) in known.enumerated() {
      let map = maps.elements[row * size..<(row + 1) * size]
      let expected = (1 - (Float(scale) ?? 0)) * positive
      let magnitude = map.reduce(0) { $0 + abs($1) }
      #expect(magnitude > 0.01 * positive)
      #expect(abs(map.reduce(0, +) - expected) <= 1e-5 * magnitude)
    }
  }

  @Test(arguments: [1, 4], ["mix", "per-group"])
  func foldedBatchNormChangesNothing(groups: Int, grouped: String) async throws {
    let alone = try await ResidualNetwork(isFolded: false, groups: groups).session()
    let folded = try await ResidualNetwork(isFolded: true, groups: groups).session()
    let method = try TSGB(settings: ["grouped": grouped])
    let found = try await method.maps(Self.targets, with: alone)
    let expected = try await method.maps(Self.targets, with: folded)
    let largest = expected.elements.map(abs).max() ?? 0
    #expect(largest > 0.01)
    #expect(distance(found, expected) <= 1e-4 * largest)
  }

  /// A convolution before a batch-norm that stands alone carries relevance, not a gradient.
  @Test(arguments: ["a", "b", "c", "d"])
  func relevanceIsReadBetweenConvolutionAndBatchNorm(layer: String) async throws {
    let session = try await ResidualNetwork(isFolded: false).session()
    let known = try await Self.positiveEvidence(session)
    let method = try TSGB(settings: ["scale": "0", "readout": layer])
    let maps = try #require(
      try await method.explain(Self.targets, at: "none", with: session).raw?.download())
    #expect(maps.elements.allSatisfy { $0.isFinite })
    // The whole flow passes `a` and `d`; a shortcut leads past `b` and `c`.
    guard ["a", "d"].contains(layer) else { return }
    let size = maps.shape.row.elementCount
    for (row, positive) in known.enumerated() {
      let sum = maps.elements[row * size..<(row + 1) * size].reduce(0, +)
      #expect(abs(sum - positive) <= 1e-4 * positive)
    }
  }

  @Test func groupsMatter() async throws {
    let session = try await ResidualNetwork(isFolded: true, groups: 4).session()
    let mixed = try await TSGB().maps(Self.targets, with: session)
    let apart = try await TSGB(settings: ["grouped": "per-group"]).maps(
      Self.targets, with: session)
    #expect(distance(mixed, apart) > 1e-4)
  }

  @Test func targetsDoNotTouchEachOther() async throws {
    let session = try await ResidualNetwork(isFolded: false).session()
    let together = try await TSGB().maps(Self.targets, with: session)
    for (row, target) in Self.targets.enumerated() {
      let alone = try await TSGB().maps([target], with: session)
      #expect(same(alone, together.rows(row..<row + 1)))
    }
  }

  @Test func networksWithoutTheRightEndAreRefused() throws {
    let silu = try TSGB().needs(ResidualNetwork(isFolded: true, silu: true).graph).obstacle
    #expect(silu?.contains("never negative") == true)
    let headless = try TSGB().needs(ResidualNetwork(isFolded: true, ends: false).graph).obstacle
    #expect(headless?.contains("ends without one") == true)
    #expect(try TSGB().needs(ResidualNetwork(isFolded: true).graph).obstacle == nil)
    let method = try TSGB(settings: ["readout": "lost"])
    let unknown = try method.needs(ResidualNetwork(isFolded: true).graph).obstacle
    #expect(unknown?.contains("lost: no such layer") == true)
    #expect(throws: SettingError.self) { try TSGB(settings: ["readout": ""]) }
    #expect(throws: SettingError.self) { try TSGB(settings: ["scale": "nan"]) }
  }
}
