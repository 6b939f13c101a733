import Foundation
import Saliency
import Tensors
import Testing

/// Clusters of weighted channels, label by label, against scipy (Ward) and k-means written out.
@Suite("Clusters of channels are reproduced")
struct ClusterFixtureTests {
  struct Case: Decodable {
    let vectors: String
    let way: String
    let clusters: Int
    let labels: [Int]
  }

  private struct Document: Decodable {
    let cases: [Case]
  }

  private static func cases() throws -> [Case] {
    let folder = MapFixtures.folder.deletingLastPathComponent().appending(path: "clusters")
    let bytes = try Data(contentsOf: folder.appending(path: "clusters.json"))
    return try JSONDecoder().decode(Document.self, from: bytes).cases
  }

  @Test("labels are equal")
  func labelsAreEqual() throws {
    var counts: [String: Int] = [:]
    for known in try Self.cases() {
      let vectors = try MapFixtures.tensor("../clusters/\(known.vectors)")
      let clusters = Clusters(vectors.elements.map(Double.init), length: vectors.shape[1])
      let found = clusters.labels(known.clusters, by: try Self.way(known.way))
      #expect(found == known.labels, "\(known.vectors), \(known.way), \(known.clusters)")
      counts[String(known.way.prefix { $0 != ":" }), default: 0] += 1
    }
    #expect(counts == ["ward": 60, "distant": 60, "plusplus": 180])
  }

  private static func way(_ text: String) throws -> Clusters.Way {
    if text == "ward" { return .ward }
    if text == "distant" { return .kMeans(seed: nil) }
    let seed: UInt64 = try #require(UInt64(text.dropFirst("plusplus:".count)))
    return .kMeans(seed: seed)
  }

  @Test("values that are not finite make one cluster, and no trap")
  func valuesThatAreNotFinite() {
    for way in [Clusters.Way.ward, .kMeans(seed: nil), .kMeans(seed: 1)] {
      for value in [Double.nan, .infinity, 1e200] {
        let labels = Clusters([1, 2, value, 4, 5, 6, 7, 8], length: 2).labels(3, by: way)
        #expect(labels.count == 4 && labels.allSatisfy { 0..<3 ~= $0 }, "\(way) \(value)")
        #expect(value.isFinite || labels == [0, 0, 0, 0])
      }
      #expect(Clusters([], length: 2).labels(3, by: way).isEmpty)
      #expect(Clusters([1, 2], length: 2).labels(3, by: way) == [0])
    }
  }
}
