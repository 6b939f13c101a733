import Foundation
import Jobs
import Salient
import Testing

/// The library as its users see it.
@Suite struct ModelTests {
  static let networks = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/networks").path

  @Test func anImageIsExplainedInAFewLines() async throws {
    let pixels = (0..<3072).map { (index: Int) -> Float in Float(index % 97) * 0.02 - 1 }
    let model = try await Salient.Model.open(
      "\(Self.networks)/resnet-basic-legacy.onnx", device: .reference)
    let maps = try await model.explain(
      pixels, shape: [3, 32, 32], method: "grad-cam", target: "top2")
    #expect(maps.count == 2)
    for map in maps {
      #expect(map.shape == [32, 32])
      #expect(map.values.count == 1024)
      #expect(map.values.allSatisfy { (0...1).contains($0) })
      #expect(map.emptyReason != nil || map.values.max() == 1)
    }
  }

  @Test func severalLayersMakeOneMap() async throws {
    let pixels = (0..<3072).map { (index: Int) -> Float in Float(index % 89) * 0.02 - 1 }
    let model = try await Salient.Model.open(
      "\(Self.networks)/resnet-basic-legacy.onnx", device: .reference)
    let layers = ["layer1", "layer4"]
    let maps = try await model.explain(
      pixels, shape: [3, 32, 32], method: "layer-cam:fuse=max", layers: layers)
    #expect(maps.count == 1 && maps[0].values.max() == 1)
    var alone: [[Float]] = []
    for layer in layers {
      let map = try await model.explain(
        pixels, shape: [3, 32, 32], method: "layer-cam", layer: layer)
      alone.append(map[0].values)
    }
    let largest = zip(alone[0], alone[1]).map { Swift.max($0, $1) }
    let low = try #require(largest.min())
    for (found, expected) in zip(maps[0].values, largest) {
      #expect(abs(found - (expected - low) / (1 - low)) < 1e-6)
    }
    await #expect(throws: Failure.self) {
      try await model.explain(
        pixels, shape: [3, 32, 32], method: "layer-cam", layers: layers)
    }
  }

  @Test func whatDoesNotFitIsAFailureAndNoTrap() async throws {
    let model = try await Salient.Model.open(
      "\(Self.networks)/resnet-basic-legacy.onnx", device: .reference)
    let pixels = [Float](repeating: 0.5, count: 3 * 32 * 32)
    for shape in [[], [3], [3, 32], [3, 16, 32], [-1, 3, 32, 32], [1 << 62, 1 << 62, 3, 32]] {
      await #expect(throws: Failure.self) { try await model.explain(pixels, shape: shape) }
    }
    for (method, target, layer) in [
      ("grad", "top1", nil), ("grad-cam", "11", nil), ("grad-cam", "top1", "nowhere"),
    ] {
      await #expect(throws: Failure.self) {
        try await model.explain(
          pixels, shape: [3, 32, 32], method: method, target: target, layer: layer)
      }
    }
    await #expect(throws: Failure.self) {
      try await model.explain([.nan] + pixels.dropFirst(), shape: [3, 32, 32])
    }
  }

  @Test func reportsOfVerificationRankCasesAndEscapeText() {
    var row = VerificationRow(operatorName: "a<b>", variant: "direct")
    row.add(.init(title: "fine", error: 1e-7, limit: 1e-6, faults: []), histogram: [1, 2])
    row.add(.init(title: "worse", error: 9e-7, limit: 1e-6, faults: []), histogram: [1])
    #expect(row.passed && row.worst?.title == "worse")
    row.add(.init(title: "bad", error: 0, limit: 1e-6, faults: ["tail & lane"]), histogram: [])
    #expect(!row.passed && row.worst?.title == "bad")
    #expect(row.histogram.prefix(2) == [2, 2])
    let report = VerificationReport(
      device: "d", driver: "1", kernelHash: "f", subject: "quick", rows: [row])
    #expect(!report.passed && report.firstFailure == row)
    #expect(report.html.contains("a&lt;b&gt;") && report.html.contains("tail &amp; lane"))
    #expect(report.totals == "1 rows, 3 cases, 1 failed; d, driver 1, kernels f")
  }
}
