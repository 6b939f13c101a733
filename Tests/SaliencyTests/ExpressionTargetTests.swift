import Execution
import Graphs
import Operators
import Saliency
import Tensors
import Testing

/// Targets that are numbers computed from the outputs, on the reference backend.
@Suite struct ExpressionTargetTests {
  private static func picks(_ places: Int...) -> [Expression.Pick] { places.map { .index($0) } }

  /// The tiny network with the activations of its last layer as a second output.
  private func session(maps: Bool = false) async throws -> Session {
    var network = try TinyNetwork(classes: 5)
    let last = try #require(network.graph.value(of: TinyNetwork.layer))
    network.graph = network.graph.with(outputs: maps ? [last] : network.graph.outputs + [last])
    return try await network.session(TinyNetwork.pictures(3), options: SessionOptions(rows: 4))
  }

  @Test func anOutputOfOneClassIsItsLogit() async throws {
    let session = try await session()
    let plain = Target(image: 1, choice: .outputs([.init(index: 3)]))
    let written = Target(image: 1, .output(0, Self.picks(3)))
    let layers = [TinyNetwork.layer, LayerName.input]
    let found = try await session.evidence(Query(targets: [plain, written], gradients: layers))
    for layer in layers {
      let gradients = try #require(try await found.gradients[layer]?.download())
      #expect(same(gradients.rows(0..<1), gradients.rows(1..<2)))
    }
    let values = try #require(try await found.values?.download())
    #expect(values[0] == values[1] && values[0] != 0)
    #expect(try await found.outputs.download()[3] == values[0])
  }

  /// d max / dA is one at the first of the largest, and nothing elsewhere.
  @Test func theMaximumPassesTheGradientToOnePlace() async throws {
    let session = try await session(maps: true)
    let target = Target(image: 0, .reduced(.output(0, []), .maximum))
    let evidence = try await session.evidence(
      Query(
        targets: [target], activations: [TinyNetwork.layer], gradients: [TinyNetwork.layer]))
    let a = try #require(try await evidence.activations[TinyNetwork.layer]?.download()).elements
    let g = try #require(try await evidence.gradients[TinyNetwork.layer]?.download()).elements
    let largest = try #require(a.max())
    let first = try #require(a.firstIndex(of: largest))
    #expect(g.indices.allSatisfy { g[$0] == ($0 == first ? 1 : 0) })
    #expect(try await evidence.values?.download().elements == [largest])
  }

  @Test func aNetworkOfMapsHasNoClasses() async throws {
    let session = try await session(maps: true)
    await #expect(throws: ExplanationError.self) {
      try await session.evidence(Query(targets: [Target(image: 0, choice: .top(1))]))
    }
    let target = Target(image: 2, .reduced(.output(0, Self.picks(1)), .mean))
    for method in [
      try GradCAM() as any Explainer, try GroupCAM(settings: ["groups": "4", "theta": "0"]),
    ] {
      let found = try await method.explain([target], at: TinyNetwork.layer, with: session)
      let summary = try #require(try await found.summaries().first)
      #expect(summary.error == nil && !summary.isDegenerate)
      #expect(try await found.maps.download().elements.contains(1))
    }
  }

  /// Classes and expressions of one call come back in order, each as if it were alone.
  @Test func targetsOfAllKindsMix() async throws {
    let session = try await session()
    let mean = Expression.reduced(.output(1, [.range(from: 2, to: 5)]), .mean)
    let targets = [
      Target(image: 2, mean), Target(image: 0, choice: .top(1)), Target(image: 1, mean),
      Target(image: 0, .combined(.output(0, Self.picks(1)), .divide, mean), negated: true),
      Target(image: 1, choice: .outputs([.init(index: 2)]), head: .probability),
    ]
    for method in [
      try GradCAM() as any Explainer, try GroupCAM(settings: ["groups": "3", "theta": "0"]),
    ] {
      let maps = try await method.maps(targets, with: session)
      for (row, target) in targets.enumerated() {
        let alone = try await method.maps([target], with: session)
        #expect(same(alone, maps.rows(row..<row + 1)))
      }
    }
  }

  /// The score of a mask is the value of the expression for the blended image.
  @Test func masksAreScoredByTheValue() async throws {
    let session = try await session()
    let expression = Expression.combined(
      .output(0, Self.picks(1)), .subtract, .reduced(.output(1, Self.picks(4)), .maximum))
    let targets = [
      Target(image: 1, expression), Target(image: 0, choice: .outputs([.init(index: 0)])),
      Target(image: 2, expression, negated: true),
    ]
    let masks = HostTensor<Float>([3, 2, 784]) { Float($0 * 31 % 17) / 16 }
    let field = MaskField(geometry: .dense(try await session.upload(masks)), count: 2)
    let zeros = HostTensor<Float>([3, 3, 28, 28], filledWith: 0)
    let seeds = try await session.evidence(Query(targets: targets)).seeds
    let scores = try await session.scores(
      under: field, baseline: session.upload(zeros), targets, seeds: seeds
    ).download()
    let pictures = TinyNetwork.pictures(3)
    for cell in [0, 1, 4, 5] {
      let target = targets[cell / 2]
      let blended = HostTensor<Float>([1, 3, 28, 28]) { place in
        pictures[target.image * 2352 + place] * masks[cell * 784 + place % 784]
      }
      let alone = try session.with(images: try await session.upload(blended))
      let evidence = try await alone.evidence(Query(targets: [Target(image: 0, expression)]))
      let value = try #require(try await evidence.values?.download())[0]
      #expect(abs(scores[cell] - (target.negated ? -value : value)) < 1e-5)
    }
  }

  @Test(arguments: [
    Expression.output(7, []), .output(0, [.index(5)]), .output(0, [.index(0), .index(0)]),
    .output(0, [.range(from: 3, to: 9)]), .output(0, []), .number(3),
    .combined(.output(0, []), .add, .output(1, [])),
    .reduced(.combined(.output(0, []), .add, .output(1, [])), .sum),
  ])
  func expressionsThatDoNotFitAreRefused(_ expression: Expression) async throws {
    let session = try await session()
    await #expect(throws: ExplanationError.self) {
      try await session.evidence(Query(targets: [Target(image: 0, expression)]))
    }
  }
}
