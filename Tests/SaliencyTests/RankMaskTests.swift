import Graphs
import Operators
import Saliency
import Tensors
import Testing

@Suite("Masks by rank, and filled-in pixels")
struct RankMaskTests {
  private let pixels = 28 * 28

  private func ranks(_ fields: Int) -> HostTensor<Float> {
    let maps = HostTensor<Double>([fields, pixels]) { Double(($0 * 37) % 211) }
    return Rank().reference([maps]).converted()
  }

  @Test("they score as the same masks do when they are stored", arguments: [false, true])
  func scores(hides: Bool) async throws {
    let session = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(2))
    let targets = [0, 1, 1].map { Target(image: $0, choice: .top(1)) }
    let seeds = try await session.evidence(Query(targets: targets)).seeds
    let (ranks, limits) = (ranks(3), [0, 1, 300, 783, 784])
    let dense = HostTensor<Float>([3, 5, pixels]) { place in
      let (field, mask) = (place / pixels / 5, place / pixels % 5)
      let isFirst = Int(ranks[field * pixels + place % pixels]) < limits[mask]
      return isFirst != hides ? 1 : 0
    }
    let baseline = try await Baseline(.blur, size: 11, sigma: 3).images(of: session)
    func table(_ field: MaskField) async throws -> HostTensor<Float> {
      try await session.scores(under: field, baseline: baseline, targets, seeds: seeds).download()
    }
    let field = MaskField(
      geometry: .rank(
        ranks: try await session.upload(ranks),
        thresholds: try await session.upload(HostTensor([5, 1], limits.map(Float.init))),
        hides: hides), count: 5)
    let stored = MaskField(geometry: .dense(try await session.upload(dense)), count: 5)
    #expect(same(try await table(field), try await table(stored)))
    let weights = HostTensor<Float>([3, 5]) { Float($0 % 4) - 1 }
    let sum = try await session.merge(field, weights: session.upload(weights)).download()
    let expected = try await session.merge(stored, weights: session.upload(weights)).download()
    #expect(distance(sum, expected) < 1e-6)
    let turned = try await session.merge(
      field, weights: session.upload(weights), fields: [2, 0, 0]
    ).download()
    let turnedToo = try await session.merge(
      stored, weights: session.upload(weights), fields: [2, 0, 0]
    ).download()
    #expect(distance(turned, turnedToo) < 1e-6)
  }

  @Test("hidden pixels are filled in, with the same noise in every mask and image")
  func imputation() async throws {
    let network = try TinyNetwork(classes: 5)
    let pictures = TinyNetwork.pictures(2)
    let session = try await network.session(pictures)
    let targets = [0, 1].map { Target(image: $0, choice: .top(1)) }
    let seeds = try await session.evidence(Query(targets: targets)).seeds
    let ranks = ranks(2)
    let limits: [Float] = [100, 500]
    let field = MaskField(
      geometry: .rank(
        ranks: try await session.upload(ranks),
        thresholds: try await session.upload(HostTensor([2, 1], limits)), hides: true),
      count: 2, fill: .imputation(noise: [0.5, 0.25, 0], seed: 3))
    let table = try await session.scores(
      under: field, baseline: session.images, targets, seeds: seeds
    ).download()
    let philox = Philox(seed: 3)
    for (target, mask) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
      let shown = HostTensor<Double>([1, 1, 28, 28]) {
        ranks[target * pixels + $0] < limits[mask] ? 0 : 1
      }
      let filled = LinearImputation().reference([
        pictures.rows(target..<target + 1).converted(), shown,
      ])
      let image = HostTensor<Float>([1, 3, 28, 28]) { place in
        let noise = philox.normal(UInt64(place), stream: .imputation)
        let level = [0.5, 0.25, 0][place / pixels]
        return Float(filled[place] + level * noise * (1 - shown[place % pixels]))
      }
      let alone = try await network.session(image)
      var named = targets[target]
      named.image = 0
      let views = try await alone.views(for: [named], activations: [])
      let clean = try await session.take([target], of: seeds)
      let whole = MaskField(
        geometry: .dense(try await alone.upload(HostTensor([1, 1, pixels], filledWith: 1))),
        count: 1)
      let score = try await alone.scores(
        under: whole, baseline: alone.images, [named], seeds: clean
      ).download()
      #expect(abs(score[0] - table[target * 2 + mask]) < 1e-5)
      #expect(views.images == [0])
    }
  }

  @Test("ranks and thresholds that do not fit are refused")
  func misfits() async throws {
    let session = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(1))
    let target = Target(image: 0, choice: .top(1))
    let seeds = try await session.evidence(Query(targets: [target])).seeds
    for (ranks, thresholds) in [([1, 10], [2, 1]), ([1, pixels], [3, 1])] as [(Shape, Shape)] {
      let field = MaskField(
        geometry: .rank(
          ranks: try await session.upload(HostTensor(ranks, filledWith: 0)),
          thresholds: try await session.upload(HostTensor(thresholds, filledWith: 0)),
          hides: true), count: 2)
      await #expect(throws: ExplanationError.self) {
        _ = try await session.scores(
          under: field, baseline: session.images, [target], seeds: seeds)
      }
    }
  }
}
