import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// Passes from a layer to the outputs, where the outputs read more of an image than the layer.
@Suite struct TailTests {
  /// y = mean(relu(2x)) · w + mean(x) · v, over two channels; the layer is relu(2x).
  private static func network() throws -> Graph {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 2, 2, 2])
    let layer = try builder.add(
      ReLU(), [builder.add(Multiply(), [x, builder.constant(2)])])
    builder.tap("layer", layer, kind: .module)
    let shift = try builder.add(Multiply(), [x, builder.constant(-1)])
    builder.tap("aside", shift, kind: .module)
    let sum = try builder.add(Subtract(), [layer, shift])
    let pooled = try builder.add(Reshape([1, 2]), [builder.add(GlobalAveragePool(), [sum])])
    let weights = builder.constant(HostTensor<Float>([2, 2], [1, 3, -2, 0.5]))
    let terms = try builder.add(
      Multiply(),
      [builder.add(Reshape([1, 1, 2]), [pooled]), builder.add(Reshape([1, 2, 2]), [weights])])
    let logits = try builder.add(ReduceSum(axes: [2], keepsAxes: false), [terms])
    return try builder.finish(outputs: [logits])
  }

  private static func session(_ images: HostTensor<Float>) async throws -> Session {
    let backend = ReferenceBackend()
    return try await Session(
      network: network(), parameters: backend.upload([:]),
      images: backend.upload(images), backend: backend, options: SessionOptions(rows: 3))
  }

  @Test func skipConnectionsKeepWhatTheyCarry() async throws {
    let images = HostTensor<Float>([2, 2, 2, 2]) { Float($0 * 5 % 7) - 2 }
    let session = try await Self.session(images)
    let targets = [(1, 0), (0, 1), (1, 1)].map { image, output in
      Target(image: image, choice: .outputs([.init(index: output)]))
    }
    let found = try await AblationCAM().explain(targets, at: "layer", with: session)
    let raw = try #require(try await found.raw?.download())
    let weights: [[Float]] = [[1, 3], [-2, 0.5]]
    for (row, target) in targets.enumerated() {
      guard case .outputs(let outputs) = target.choice else { continue }
      let x = images.rows(target.image..<target.image + 1).elements
      let layer = x.map { max(2 * $0, 0) }
      func mean(_ values: [Float], _ channel: Int) -> Float {
        values[4 * channel..<4 * channel + 4].reduce(0, +) / 4
      }
      let w = weights[outputs[0].index]
      let y = (0..<2).reduce(Float(0)) { $0 + w[$1] * (mean(layer, $1) + mean(x, $1)) }
      let alpha = (0..<2).map { w[$0] * mean(layer, $0) / y }
      let expected = (0..<4).map { alpha[0] * layer[$0] + alpha[1] * layer[4 + $0] }
      #expect(distance(raw.rows(row..<row + 1), HostTensor([1, 1, 2, 2], expected)) < 1e-4)
    }
    #expect(found.passes == targets.map { _ in Passes(forwards: 2, tails: 2) })
    let statistics = await session.statistics
    // Two channels of two images; a clean pass for the layer and one for what goes around it.
    #expect(statistics.tailRows == 4 && statistics.tailRuns == 2)
    #expect(statistics.cleanForwards == 4 && statistics.maskedRows == 0)
  }

  @Test func aLayerOnTheWayNeedsNothingElse() async throws {
    let network = try TinyNetwork(classes: 5)
    let session = try await network.session(TinyNetwork.pictures(2))
    for layer in ["first", "last"] as [LayerName] {
      let found = try await AblationCAM().explain(topTargets(0..<2), at: layer, with: session)
      #expect(found.passes[0].forwards == 1)
      #expect(try await found.maps.download().elements.contains { $0 > 0 })
    }
  }

  @Test func layersThatAreNoneAreRefused() async throws {
    let session = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(1))
    await #expect(throws: ExplanationError.self) {
      try await AblationCAM().explain(topTargets(0..<1), at: "lsat", with: session)
    }
  }
}
