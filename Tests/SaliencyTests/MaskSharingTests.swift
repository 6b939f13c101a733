import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// Methods of the masking family on a small network: what they run, and that bits do not depend on
/// it.
@Suite struct MaskSharingTests {
  /// A method that needs no gradient, with settings small enough for the reference.
  struct Choice: Sendable, CustomTestStringConvertible {
    let name: String
    let settings: [String: String]
    var testDescription: String { name }

    func make() throws -> any Explainer {
      try Catalogue.explainer(named: name, settings: settings)
    }
  }

  static let choices = [
    Choice(name: "score-cam", settings: [:]),
    Choice(name: "ablation-cam", settings: [:]),
    Choice(name: "rise", settings: ["masks": "70", "cells": "4", "seed": "9"]),
    Choice(name: "occlusion", settings: ["window": "9", "stride": "6"]),
  ]

  private static func allClasses(_ images: [Int]) -> [Target] {
    images.flatMap { image in
      (0..<5).map { Target(image: image, choice: .outputs([.init(index: $0)])) }
    }
  }

  @Test(arguments: choices)
  func allTargetsOfAnImageShareItsPasses(choice: Choice) async throws {
    let network = try TinyNetwork(classes: 5)
    let pictures = TinyNetwork.pictures(2)
    let session = try await network.session(pictures, options: SessionOptions(rows: 16))
    let method = try choice.make()
    let targets = Self.allClasses([1, 0])
    let found = try await method.explain(targets, at: TinyNetwork.layer, with: session)
    let together = try await found.maps.download()
    let statistics = await session.statistics
    let alone = try await network.session(pictures, options: SessionOptions(rows: 16))
    _ = try await method.explain(
      [targets[0], targets[5]], at: TinyNetwork.layer, with: alone)
    let single = await alone.statistics
    #expect(statistics == single)
    #expect(statistics.cleanForwards == 2 && statistics.backwards == 0)
    // What a method says of its passes is what one of its targets took.
    let rows = statistics.maskedRows + statistics.tailRows
    let said = [found.passes[0], found.passes[5]].map { passes in
      passes.forwards + passes.tails - (choice.name == "rise" ? 0 : 1)
    }
    #expect(rows == said.reduce(0, +) && rows > 0)
    for (row, target) in targets.enumerated() where row % 3 == 0 {
      let map = try await method.maps([target], with: session.with(images: session.images))
      #expect(same(map, together.rows(row..<row + 1)))
    }
    // The prediction of a run costs no further pass.
    _ = try await session.evidence(Query(targets: targets))
    #expect(await session.statistics.cleanForwards >= statistics.cleanForwards)
  }

  @Test(arguments: choices, [1, 5, 64])
  func mapsDoNotDependOnTheCapacity(choice: Choice, rows: Int) async throws {
    let network = try TinyNetwork(classes: 5)
    let pictures = TinyNetwork.pictures(3)
    let method = try choice.make()
    let whole = try await method.maps(
      topTargets(0..<3), with: network.session(pictures, options: SessionOptions(rows: 7)))
    let options = SessionOptions(rows: rows)
    let other = try await method.maps(
      topTargets(0..<3), with: network.session(pictures, options: options))
    #expect(same(whole, other))
    #expect(whole.elements.contains { $0 != 0 })
    let last = try await method.maps(
      topTargets(0..<1), with: network.session(pictures.rows(2..<3), options: options))
    #expect(same(last, whole.rows(2..<3)))
  }

  @Test func fiveHundredMasksAreFiveHundredForwards() async throws {
    let network = try TinyNetwork(classes: 5)
    let session = try await network.session(TinyNetwork.pictures(1))
    let targets = Self.allClasses([0])
    let method = try RISE(settings: ["masks": "500", "cells": "3"])
    _ = try await method.maps(targets, with: session)
    _ = try await session.evidence(Query(targets: targets))
    let statistics = await session.statistics
    #expect(statistics.maskedRows == 500 && statistics.cleanForwards == 1)
  }

  @Test func topTargetsAreResolvedWithoutFurtherPasses() async throws {
    let network = try TinyNetwork(classes: 5)
    let session = try await network.session(TinyNetwork.pictures(2))
    let targets = (1...5).flatMap { rank in
      (0..<2).map { Target(image: $0, choice: .top(rank)) }
    }
    let shared = try await session.evidence(Query(targets: targets))
    #expect(await session.statistics.cleanForwards == 2)
    let seeds = try await shared.seeds.download()
    for (row, target) in targets.enumerated() {
      let alone = try session.with(images: session.images)
      let evidence = try await alone.evidence(Query(targets: [target]))
      #expect(try await same(evidence.seeds.download(), seeds.rows(row..<row + 1)))
      let outputs = try await evidence.outputs.download()
      #expect(try await same(outputs, shared.outputs.download().rows(row..<row + 1)))
    }
  }

  /// Theorem: RISE with masks of ones is the score of the clean image everywhere.
  @Test func masksOfOnesGiveTheCleanScore() async throws {
    let network = try TinyNetwork(classes: 5)
    let session = try await network.session(TinyNetwork.pictures(1))
    let method = try RISE(settings: ["masks": "3", "probability": "1"])
    let map = try await method.maps(topTargets(0..<1), with: session)
    let outputs = try await session.evidence(Query(targets: topTargets(0..<1))).outputs.download()
    let exponentials = outputs.elements.map { Double.exponential(Double($0)) }
    let score = (exponentials.max() ?? 0) / exponentials.reduce(0, +)
    #expect(map.elements.allSatisfy { abs(Double($0) - score) < 1e-6 })
  }

  /// Hiding zeros behind zeros changes nothing.
  @Test func occlusionOfTheBaselineIsEmpty() async throws {
    let network = try TinyNetwork(classes: 5)
    let zeros = HostTensor<Float>([1, 3, 28, 28], filledWith: 0)
    let found = try await Occlusion().explain(
      topTargets(0..<1), at: TinyNetwork.layer, with: network.session(zeros))
    #expect(try await found.maps.download().elements.allSatisfy { $0 == 0 })
    #expect(try await found.summaries()[0].isDegenerate)
  }

  @Test func masksOfRISEAreThoseOfTheOperator() async throws {
    let session = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(1))
    let field = MaskField(geometry: .shiftedGrid(seed: 4, cells: 5, keep: 0.5), count: 66)
    let chosen = [0, 63, 64, 65]
    let weights = HostTensor<Float>([4, 66]) { $0 % 66 == chosen[$0 / 66] ? 1 : 0 }
    let masks = try await session.merge(field, weights: session.upload(weights)).download()
    let numbers = HostTensor<Double>([4, 1], chosen.map(Double.init))
    let grids = RandomGrid(seed: 4, cells: 5, keep: 0.5, height: 28, width: 28)
      .reference([numbers])
    let expected = ShiftedGrid(cells: 5, height: 28, width: 28).reference([grids])
    #expect(distance(masks, expected.converted()) < 1e-6)
  }
}

extension Double {
  /// e to the power of x, by its series after halving.
  fileprivate static func exponential(_ x: Double) -> Double {
    let part = x / 1024
    var (term, sum) = (1.0, 1.0)
    for n in 1...20 {
      term *= part / Double(n)
      sum += term
    }
    return (0..<10).reduce(sum) { power, _ in power * power }
  }
}
