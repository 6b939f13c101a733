import Foundation
import Saliency
import Tensors
import Testing

/// Segments recorded from scikit-image, compared label for label.
@Suite("Segments are those of scikit-image")
struct SegmentFixtureTests {
  struct Fixture: Decodable {
    struct Picture: Decodable {
      let file: String
      let cases: [Case]
    }

    struct Case: Decodable {
      let scale: Double
      let sigma: Double
      let minimum: Int
      /// Label and length, one after the other, row by row.
      let runs: [Int]

      var labels: [Int] {
        stride(from: 0, to: runs.count, by: 2).flatMap {
          [Int](repeating: runs[$0], count: runs[$0 + 1])
        }
      }
    }

    let pictures: [Picture]

    static func load(_ folder: URL) throws -> [Picture] {
      let bytes = try Data(contentsOf: folder.appending(path: "segments.json"))
      return try JSONDecoder().decode(Fixture.self, from: bytes).pictures
    }
  }

  private static let folder = MapFixtures.folder.deletingLastPathComponent()
    .appending(path: "segments")

  /// The number of label maps compared.
  private func compare(_ folder: URL) throws -> Int {
    var count = 0
    for picture in try Fixture.load(folder) {
      let pixels = try MapFixtures.tensor(at: folder.appending(path: picture.file))
      let exact = HostTensor<Double>(pixels.shape, pixels.elements.map(Double.init))
      for known in picture.cases {
        let found = PixelGraph(exact, sigma: known.sigma)
          .segmentation(scale: known.scale, minimumSize: known.minimum)
        let labels = known.labels
        let isEqual = found.labels == labels
        #expect(isEqual, "\(picture.file) \(known.scale) \(known.sigma) \(known.minimum)")
        #expect(found.count == (labels.max() ?? -1) + 1)
        count += 1
      }
    }
    return count
  }

  @Test("small pictures")
  func smallPictures() throws {
    #expect(try compare(Self.folder) >= 36)
  }

  @Test(
    "pictures of Tools/reference/segments.py",
    .enabled(if: ProcessInfo.processInfo.environment["SALIENT_SEGMENT_CASES"] != nil))
  func manyPictures() throws {
    let path = try #require(ProcessInfo.processInfo.environment["SALIENT_SEGMENT_CASES"])
    #expect(try compare(URL(filePath: path)) >= 100)
  }

  /// The same numbers as in Tools/reference/segments.py.
  private static func formulaPicture() -> (picture: HostTensor<Float>, attribution: [Float]) {
    let side = 224
    var state: UInt64 = 5
    var picture: [Float] = []
    var attribution = [Float](repeating: -.infinity, count: side * side)
    for c in 0..<3 {
      for y in 0..<side {
        for x in 0..<side {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          let noise = Int(state >> 40) % 4096
          let curve = x * y / 900 * 11
          let block = (x / 28 * 37 + y / 32 * 91 + c * 53 + curve) % 256
          picture.append(Float(block * 128 + noise) / 16384 - 1)
          let isNear = (x - 70) * (x - 70) + (y - 120) * (y - 120) < 1600
          let value = Float((x * 7 + y * 13 + c * 29) % 97 - 48) / 128 + (isNear ? 2 : 0)
          attribution[y * side + x] = max(attribution[y * side + x], value)
        }
      }
    }
    return (HostTensor([1, 3, side, side], picture), attribution)
  }

  /// PAIR's XRAI with its own segments of a picture of 224x224, every fourth pixel.
  @Test("regions that PAIR's XRAI grows")
  func regions() throws {
    let known = try MapFixtures.tensor(at: Self.folder.appending(path: "regions.npy"))
    let (picture, attribution) = Self.formulaPicture()
    let masks = PictureSegments().masks(of: picture)
    for (place, isFast) in [false, true].enumerated() {
      let growth = RegionGrowth()
      let found =
        isFast ? growth.fast(attribution, masks) : growth.full(attribution, masks)
      for row in 0..<56 {
        for column in 0..<56 {
          let pixel = row * 4 * 224 + column * 4
          let index = (2 * place * 56 + row) * 56 + column
          let distance = abs(found.map[pixel] - known[index])
          let isRank = Float(found.ranks[pixel]) == known[index + 56 * 56]
          if distance > 1e-6 || !isRank {
            Issue.record("fast \(isFast): \(row), \(column)")
            return
          }
        }
      }
      #expect(Set(found.ranks).count > 20)
    }
  }
}
