import Execution
import Operators
import Saliency
import Tensors
import Testing

/// RISE on numbers made by hand.
@Suite struct RISETests {
  private func probe(_ size: (Int, Int), _ scores: [Float]) async throws -> FakeProbe {
    let map = HostTensor<Float>([1, 1, size.0, size.1], filledWith: 0)
    return try await FakeProbe(
      activations: map, gradients: map, table: HostTensor([1, scores.count], scores))
  }

  private func explain(
    _ probe: FakeProbe, _ settings: [String: String]
  ) async throws -> Explanation {
    try await RISE(settings: settings).explain([classZero], at: "input", with: probe)
  }

  /// One cell: a mask is 1 or 0 everywhere, as its only bit says.
  @Test func scoresOfMasksThatShowAPixelAreAveraged() async throws {
    let scores: [Float] = [1, 2, 4, 8, 16, 32]
    let probe = try await probe((2, 3), scores)
    let found = try await explain(
      probe, ["masks": "6", "cells": "1", "probability": "0.25", "seed": "3"])
    let philox = Philox(seed: 3)
    let shown = (0..<6).filter { philox.uniform(UInt64($0), stream: .grid) < 0.25 }
    let expected = shown.map { scores[$0] }.reduce(0, +) / (6 * 0.25)
    let map = try await found.maps.download()
    #expect(distance(map, HostTensor([1, 1, 2, 3], filledWith: expected)) < 1e-5)
    #expect(Set(map.elements).count == 1)
    #expect(found.passes == [Passes(forwards: 6)])
    #expect(await probe.record.targets.map { $0.map(\.score) } == [[.probability]])
  }

  /// Theorem: with masks of ones the map is the mean score everywhere.
  @Test func masksOfOnesGiveTheMeanScore() async throws {
    let probe = try await probe((5, 7), [Float](repeating: 0.375, count: 130))
    let found = try await explain(probe, ["masks": "130", "probability": "1"])
    let map = try await found.maps.download()
    #expect(map.elements.allSatisfy { $0 == 0.375 })
  }

  @Test func presetsSetDefaults() async throws {
    func resolved(_ preset: String) throws -> [String: String] {
      Dictionary(uniqueKeysWithValues: try RISE(settings: ["preset": preset]).resolvedSettings)
    }
    let paper = try resolved("paper-vgg")
    #expect(paper["masks"] == "4000" && paper["cells"] == "7" && paper["probability"] == "0.5")
    #expect(try resolved("paper-resnet")["masks"] == "8000")
    let repo = try resolved("repo")
    #expect(repo["masks"] == "6000" && repo["cells"] == "8" && repo["probability"] == "0.1")
    #expect(try resolved("groupcam")["score"] == "logit")
    let probe = try await probe((5, 7), [0])
    #expect(try RISE().needs(probe.network).passes == Passes(forwards: 4000))
    #expect(throws: SettingError.self) { try RISE(settings: ["probability": "0"]) }
  }

  @Test func torchRayTakesASigmoidAndDividesByTheNumberOnly() async throws {
    let probe = try await probe((2, 2), [0, 0])
    let found = try await explain(
      probe, ["preset": "torchray", "masks": "2", "probability": "1"])
    #expect(try await found.maps.download().elements == [0.5, 0.5, 0.5, 0.5])
    #expect(await probe.record.targets.map { $0.map(\.score) } == [[.value]])
  }

  @Test func theSeedIsTheRunsUnlessOneIsGiven() async throws {
    var probe = try await probe((2, 3), [1])
    probe.seed = 77
    _ = try await explain(probe, ["masks": "1"])
    _ = try await explain(probe, ["masks": "1", "seed": "0"])
    let seeds = await probe.record.fields.map { field -> UInt64? in
      guard case .shiftedGrid(let seed, _, _) = field.geometry else { return nil }
      return seed
    }
    #expect(seeds == [77, 0])
  }
}
