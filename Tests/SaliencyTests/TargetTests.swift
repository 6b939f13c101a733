import Execution
import Foundation
import Graphs
import Operators
import Saliency
import Tensors
import Testing

/// Heads, choices and scores of targets, on the reference backend.
@Suite struct TargetTests {
  private func session(
    classes: Int, images: Int = 3, scores: ScoreFunction = .softmax, globalPooling: Bool = false
  ) async throws -> Session {
    try await TinyNetwork(classes: classes, globalPooling: globalPooling).session(
      TinyNetwork.pictures(images), options: SessionOptions(scores: scores))
  }

  private func evidence(_ session: Session, _ targets: [Target]) async throws -> Evidence {
    try await session.evidence(
      Query(
        targets: targets, activations: [TinyNetwork.layer], gradients: [TinyNetwork.layer]))
  }

  private func named(_ image: Int, _ index: Int, head: Target.Head = .logit) -> Target {
    Target(image: image, choice: .outputs([.init(index: index)]), head: head)
  }

  @Test func topIsResolvedOnTheDevice() async throws {
    let session = try await session(classes: 5)
    let targets = (1...5).flatMap { rank in
      (0..<3).map { Target(image: $0, choice: .top(rank)) }
    }
    let evidence = try await evidence(session, targets)
    let logits = try await evidence.outputs.download()
    let seeds = try await evidence.seeds.download()
    for (row, target) in targets.enumerated() {
      let z = logits.rows(row..<row + 1).elements
      let order = z.indices.sorted { z[$0] > z[$1] }
      guard case .top(let rank) = target.choice else { continue }
      let expected = z.indices.map { $0 == order[rank - 1] ? Float(1) : 0 }
      #expect(seeds.rows(row..<row + 1).elements == expected)
    }
    let gradients = try #require(evidence.gradients[TinyNetwork.layer])
    let sameByName = try await self.evidence(
      session,
      targets.indices.map { row in
        named(targets[row].image, seeds.rows(row..<row + 1).elements.firstIndex(of: 1) ?? 0)
      })
    let byName = try #require(sameByName.gradients[TinyNetwork.layer])
    #expect(same(try await gradients.download(), try await byName.download()))
  }

  @Test func imagesOfAMethodsOwnMakingAnswerAsCleanOnes() async throws {
    let session = try await session(classes: 5)
    let targets = [
      Target(image: 0, choice: .top(1)), named(1, 3, head: .probability),
      Target(image: 2, choice: .top(2), negated: true), named(2, 4, head: .logProbability),
    ]
    let layers = [LayerName.input, TinyNetwork.layer]
    let query = Query(targets: targets, activations: [TinyNetwork.layer], gradients: layers)
    let clean = try await session.evidence(query)
    let rows = [3, 0, 2, 1]
    let own = try await session.evidence(
      Query(
        targets: rows.map { targets[$0] }, activations: query.activations, gradients: layers),
      on: session.take(rows.map { targets[$0].image }, of: session.images),
      seeds: session.take(rows, of: clean.seeds))
    func expectSame(_ a: any ResidentTensor, _ b: any ResidentTensor) async throws {
      let (a, b) = (try await a.download(), try await b.download())
      for (place, row) in rows.enumerated() {
        let (expected, found) = (a.rows(row..<row + 1), b.rows(place..<place + 1))
        #expect(same(expected, found))
        #expect(expected.elements.contains { $0 != 0 })
      }
    }
    try await expectSame(clean.outputs, own.outputs)
    try await expectSame(clean.seeds, own.seeds)
    for layer in layers {
      try await expectSame(
        #require(clean.gradients[layer]), #require(own.gradients[layer]))
    }
    let image = try #require(clean.gradients[.input])
    #expect(image.shape == session.images.shape.withRows(4))
  }

  @Test func imagesOfAMethodsOwnMakingMustFit() async throws {
    let session = try await session(classes: 5)
    let query = Query(targets: [Target(image: 0, choice: .top(1))])
    let seeds = try await session.evidence(query).seeds
    await #expect(throws: ExplanationError.self) {
      try await session.evidence(query, on: session.images, seeds: seeds)
    }
  }

  @Test func theLowestIndexWinsATie() async throws {
    var network = try TinyNetwork(classes: 4)
    network.weights["head.weight"] = HostWeights(HostTensor([4, 16], filledWith: 0))
    network.weights["head.bias"] = HostWeights(HostTensor([4], [1, 3, 3, 3]))
    let session = try await network.session(TinyNetwork.pictures(1))
    let targets = (1...4).map { Target(image: 0, choice: .top($0)) }
    let seeds = try await session.evidence(Query(targets: targets)).seeds.download()
    #expect(
      seeds.elements == [0, 1, 0, 0] + [0, 0, 1, 0] + [0, 0, 0, 1] + [1, 0, 0, 0])
  }

  @Test func headsOfOneQueryComeBackInOrder() async throws {
    let session = try await session(classes: 5)
    let targets = [
      named(2, 1, head: .logProbability), named(0, 3), named(1, 4, head: .probability),
      named(0, 2), named(2, 0, head: .probability),
    ]
    let together = try await evidence(session, targets)
    let gradients = try #require(try await together.gradients[TinyNetwork.layer]?.download())
    let logits = try await together.outputs.download()
    for (row, target) in targets.enumerated() {
      let alone = try await evidence(session, [target])
      let expected = try #require(try await alone.gradients[TinyNetwork.layer]?.download())
      #expect(same(gradients.rows(row..<row + 1), expected))
      #expect(try await alone.outputs.download() == logits.rows(row..<row + 1))
    }
  }

  /// dp_c/dA = p_c · (dz_c/dA − Σ_i p_i · dz_i/dA); d ln p_c = dp_c / p_c.
  @Test func probabilityHeadsSubtractTheOtherClasses() async throws {
    let session = try await session(classes: 3, images: 1)
    let all = (0..<3).map { named(0, $0) }
    let plain = try await evidence(session, all)
    let z = try await plain.outputs.download().rows(0..<1).elements.map(Double.init)
    let dz = try #require(try await plain.gradients[TinyNetwork.layer]?.download())
    let total = z.map(exp).reduce(0, +)
    let p = z.map { exp($0) / total }
    for (head, factor) in [(Target.Head.probability, p[1]), (.logProbability, 1)] {
      let found = try await evidence(session, [named(0, 1, head: head)])
      let gradient = try #require(try await found.gradients[TinyNetwork.layer]?.download())
      let size = gradient.elements.count
      for place in stride(from: 0, to: size, by: 17) {
        let sum = (0..<3).map { p[$0] * Double(dz[$0 * size + place]) }.reduce(0, +)
        let expected = factor * (Double(dz[size + place]) - sum)
        #expect(abs(Double(gradient[place]) - expected) < 1e-6)
      }
    }
  }

  @Test func contrastsAndRepeatedOutputsAdd() async throws {
    let session = try await session(classes: 5, images: 1)
    let contrast = Target(
      image: 0,
      choice: .outputs([
        .init(index: 1), .init(index: 2, weight: -1), .init(index: 1, weight: 0.5),
      ]), score: .value)
    let both = try await evidence(session, [named(0, 1), named(0, 2), contrast])
    #expect(try await both.seeds.download().rows(2..<3).elements == [0, 1.5, -1, 0, 0])
    let g = try #require(try await both.gradients[TinyNetwork.layer]?.download())
    let size = g.elements.count / 3
    for place in 0..<size {
      #expect(abs(g[2 * size + place] - (1.5 * g[place] - g[size + place])) < 1e-6)
    }
  }

  /// Theorem: Grad-CAM of evidence against y is Grad-CAM of -y.
  @Test func counterfactualEqualsTheNegatedTarget() async throws {
    let session = try await session(classes: 5)
    let targets = topTargets(0..<3)
    let negated = targets.map { Target(image: $0.image, choice: $0.choice, negated: true) }
    let counterfactual = try await GradCAM(settings: ["counterfactual": "true"])
      .maps(targets, with: session)
    #expect(same(try await GradCAM().maps(negated, with: session), counterfactual))
    #expect(!same(try await GradCAM().maps(targets, with: session), counterfactual))
  }

  /// Theorem: behind global average pooling and a linear layer, alpha[k] = W[c, k] / Z.
  @Test func globalPoolingGivesTheWeightsOfTheClass() async throws {
    let network = try TinyNetwork(classes: 5, globalPooling: true)
    let session = try await network.session(TinyNetwork.pictures(2))
    let found = try await evidence(session, [named(0, 3), named(1, 1)])
    let gradient = try #require(try await found.gradients[TinyNetwork.layer]?.download())
    let source = try #require(network.weights["head.weight"])
    let weights = try source.tensor()
    for (row, index) in [3, 1].enumerated() {
      for channel in 0..<12 {
        for place in 0..<49 {
          let found = gradient[(row * 12 + channel) * 49 + place]
          #expect(abs(found - weights[index * 12 + channel] / 49) < 1e-8)
        }
      }
    }
  }

  /// One output z: class 1 is z and class 0 is -z; `top` picks the more likely one.
  @Test func oneOutputExplainsBothClasses() async throws {
    let session = try await session(classes: 1, scores: .sigmoid)
    let targets = (0..<3).flatMap { image in
      [
        Target(image: image, choice: .outputs([.init(index: 0, weight: -1)])),
        Target(image: image, choice: .outputs([.init(index: 0)])),
      ]
    }
    for method in [
      try GradCAM() as any Explainer, try GroupCAM(settings: ["groups": "4", "theta": "0"]),
    ] {
      let maps = try await method.maps(targets, with: session)
      for image in 0..<3 {
        let zero = maps.rows(2 * image..<2 * image + 1)
        let one = maps.rows(2 * image + 1..<2 * image + 2)
        #expect(!same(zero, one))
        #expect(zero.elements.contains { $0 > 0 } || one.elements.contains { $0 > 0 })
      }
      #expect((0..<6).contains { maps.rows($0..<$0 + 1).elements.contains { $0 > 0 } })
    }
    let top = (0..<3).flatMap { image in
      [Target(image: image, choice: .top(1)), Target(image: image, choice: .top(2))]
    }
    let evidence = try await evidence(session, top)
    let z = try await evidence.outputs.download().elements
    let expected = z.enumerated().map { place, z in
      (z > 0) == (place % 2 == 0) ? Float(1) : -1
    }
    #expect(try await evidence.seeds.download().elements == expected)
  }

  /// Softmax over independent labels would tie them together; the sigmoid does not.
  @Test func labelsAreScoredIndependently() async throws {
    let sigmoid = try await session(classes: 4, scores: .sigmoid)
    let softmax = try await session(classes: 4)
    let targets = (0..<3).flatMap { image in (0..<4).map { named(image, $0) } }
    let method = try GroupCAM(settings: ["groups": "6", "theta": "0"])
    let maps = try await method.maps(targets, with: sigmoid)
    #expect(!same(try await method.maps(targets, with: softmax), maps))
    let filled = targets.indices.filter { maps.rows($0..<$0 + 1).elements.contains(1) }
    #expect(filled.count >= 6)
    for row in filled.dropFirst() {
      #expect(!same(maps.rows(row..<row + 1), maps.rows(filled[0]..<filled[0] + 1)))
    }
  }

  /// The scores of masks against the probabilities of images blended on the host.
  @Test(arguments: ScoreFunction.allCases)
  func scoresAreThoseOfBlendedImages(function: ScoreFunction) async throws {
    let session = try await session(classes: 4, images: 2, scores: function)
    let targets = [
      named(1, 2), Target(image: 0, choice: .top(2), negated: true),
      Target(
        image: 1, choice: .outputs([.init(index: 0), .init(index: 3, weight: -1)]), score: .value),
    ]
    let masks = HostTensor<Float>([3, 2, 784]) { Float($0 * 31 % 17) / 16 }
    let field = MaskField(
      geometry: .dense(try await session.upload(masks)), count: 2,
      live: try await session.upload(HostTensor([3, 2], [1, 1, 0, 1, 1, 0])))
    let zeros = HostTensor<Float>([2, 3, 28, 28], filledWith: 0)
    let seeds = try await session.evidence(Query(targets: targets)).seeds
    let scores = try await session.scores(
      under: field, baseline: session.upload(zeros), targets, seeds: seeds
    ).download()
    let w = try await seeds.download()
    let pictures = TinyNetwork.pictures(2)
    for cell in 0..<6 {
      let (target, isLive) = (targets[cell / 2], [0, 1, 3, 4].contains(cell))
      let blended = HostTensor<Float>([1, 3, 28, 28]) { place in
        pictures[target.image * 2352 + place] * masks[cell * 784 + place % 784]
      }
      let alone = try session.with(images: try await session.upload(blended))
      let z = try await alone.evidence(Query(targets: [named(0, 0)])).outputs.download()
      let weights = w.rows(cell / 2..<cell / 2 + 1).elements.map(Double.init)
      let sum = zip(weights, z.elements).map { $0 * Double($1) }.reduce(0, +)
      let powers = z.elements.map { exp(Double($0)) }
      let softmax = zip(weights, powers).map { $0 * $1 }.reduce(0, +) / powers.reduce(0, +)
      var expected =
        switch function {
        case .softmax: softmax
        case .sigmoid: 1 / (1 + exp(-sum))
        case .raw: sum
        }
      if target.score == .value { expected = sum }
      if target.negated { expected = -expected }
      #expect(abs(Double(scores[cell]) - (isLive ? expected : 0)) < 1e-5)
    }
  }
}
