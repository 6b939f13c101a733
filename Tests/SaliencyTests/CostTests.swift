import Graphs
import Saliency
import Tensors
import Testing

/// What every method costs: counted by the session that runs the passes, not by the method.
@Suite("The passes of every method") struct CostTests {
  /// A method and the passes that its paper's algorithm takes on the tiny network: 12 channels of
  /// 7 x 7, pictures of 28 x 28.
  struct Cost: Sendable, CustomTestStringConvertible {
    let method: String
    var settings: [String: String] = [:]
    let passes: Passes
    var testDescription: String { "\(method) \(settings)" }
  }

  private static let once = Passes(forwards: 1, backwards: 1)

  static let costs = [
    Cost(method: "cam", passes: Passes(forwards: 1)),
    Cost(method: "grad-cam", passes: once),
    Cost(method: "grad-cam++", passes: once),
    Cost(method: "layer-cam", passes: once),
    Cost(method: "xgrad-cam", passes: once),
    Cost(method: "hires-cam", passes: once),
    Cost(method: "eigen-cam", passes: Passes(forwards: 1)),
    Cost(method: "eigen-grad-cam", passes: once),
    // G + 2 and C + 1: masks, the clean picture, and the baseline that is subtracted.
    Cost(
      method: "group-cam", settings: ["groups": "4"], passes: Passes(forwards: 6, backwards: 1)),
    Cost(
      method: "group-cam", settings: ["groups": "4", "variant": "fast"],
      passes: Passes(forwards: 6)),
    Cost(method: "score-cam", passes: Passes(forwards: 13)),
    Cost(method: "score-cam", settings: ["variant": "paper"], passes: Passes(forwards: 14)),
    Cost(method: "score-cam", settings: ["channels": "5"], passes: Passes(forwards: 6)),
    Cost(method: "ablation-cam", passes: Passes(forwards: 1, tails: 12)),
    Cost(method: "rise", settings: ["masks": "30", "cells": "3"], passes: Passes(forwards: 30)),
    // Windows of 9, 6 apart, over 28 pixels: ceil(19 / 6) + 1 = 5 along each side.
    Cost(
      method: "occlusion", settings: ["window": "9", "stride": "6"], passes: Passes(forwards: 26)),
    Cost(method: "gradient", passes: once),
    Cost(method: "gradient-x-input", passes: once),
    Cost(method: "deconvnet", passes: once),
    Cost(method: "guided-backprop", passes: once),
    Cost(method: "guided-grad-cam", passes: Passes(forwards: 1, backwards: 2)),
    // m (F + B), and two forwards for the completeness error.
    Cost(
      method: "integrated-gradients", settings: ["steps": "7"],
      passes: Passes(forwards: 9, backwards: 7)),
    Cost(method: "smoothgrad", settings: ["n": "6"], passes: Passes(forwards: 7, backwards: 6)),
    Cost(method: "full-grad", passes: once),
    // Two baselines, and the clean picture that says what is explained.
    Cost(method: "xrai", settings: ["steps": "3"], passes: Passes(forwards: 7, backwards: 6)),
    Cost(method: "tsgb", passes: once),
  ]

  @Test("each is known") func eachIsKnown() {
    #expect(Set(Self.costs.map(\.method)) == Set(Catalogue.methods.map { $0.name }))
  }

  @Test("as its formula says, less skipped masks", arguments: costs)
  func cost(cost: Cost) async throws {
    let network = try TinyNetwork(classes: 5, globalPooling: true)
    let session = try await network.session(TinyNetwork.pictures(1))
    let method = try Catalogue.explainer(named: cost.method, settings: cost.settings)
    let found = try await method.explain(
      topTargets(0..<1), at: TinyNetwork.layer, with: session)
    let counted = await session.statistics
    let live = try await found.live?.download().elements
    let skipped = live.map { $0.count { $0 == 0 } } ?? 0
    let said = found.passes[0]
    // RISE looks at the clean picture to learn its class; its formula does not count that.
    let clean = cost.method == "rise" ? 1 : 0
    #expect(counted.cleanForwards + counted.maskedRows == said.forwards + clean)
    #expect(counted.tailRows == said.tails)
    #expect(counted.backwards == said.backwards)
    #expect(said.forwards + skipped >= cost.passes.forwards, "\(skipped) skipped")
    #expect(said.forwards <= cost.passes.forwards)
    #expect(said.tails == cost.passes.tails && said.backwards == cost.passes.backwards)
    #expect(method.needs(network.graph).passes == cost.passes)
  }
}
