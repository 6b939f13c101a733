import Operators
import Saliency
import Tensors
import Testing

@Suite("Floors of an evaluation")
struct FloorTests {
  private func targets(_ images: [Int]) -> [Target] {
    images.map { Target(image: $0, choice: .top(1)) }
  }

  @Test("the centre is brightest in the middle and 0 in the corners")
  func centre() async throws {
    let session = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(2))
    let found = try await CentreMap().explain(
      targets([1, 0, 1]), at: TinyNetwork.layer, with: session)
    let maps = try await found.maps.download()
    #expect(maps.shape == [3, 1, 28, 28])
    let first = maps.rows(0..<1)
    #expect(same(first, maps.rows(1..<2)) && same(first, maps.rows(2..<3)))
    #expect(first.elements.first == 0 && first.elements.last == 0)
    // Four pixels share the middle; the first of them in raster order is found.
    #expect(first.elements.firstIndex(of: try #require(first.elements.max())) == 13 * 28 + 13)
    #expect(try await found.summaries().allSatisfy { !$0.isDegenerate && $0.error == nil })
  }

  @Test("random maps follow from seed and picture alone")
  func random() async throws {
    let pictures = TinyNetwork.pictures(3)
    let network = try TinyNetwork(classes: 5)
    let session = try await network.session(pictures)
    func maps(_ settings: [String: String], _ images: [Int], _ session: Session) async throws
      -> HostTensor<Float>
    {
      try await RandomMap(settings: settings).explain(
        targets(images), at: TinyNetwork.layer, with: session
      ).maps.download()
    }
    let all = try await maps([:], [0, 1, 2, 1], session)
    #expect(same(all.rows(1..<2), all.rows(3..<4)))
    #expect(!same(all.rows(0..<1), all.rows(1..<2)) && !same(all.rows(0..<1), all.rows(2..<3)))
    #expect(all.elements.allSatisfy { 0 <= $0 && $0 < 1 })
    let mean = all.rows(0..<1).elements.reduce(0, +) / 784
    #expect(abs(mean - 0.5) < 0.05)
    let alone = try await network.session(pictures.rows(2..<3))
    #expect(same(try await maps([:], [0], alone), all.rows(2..<3)))
    #expect(same(try await maps(["seed": "0"], [0], session), all.rows(0..<1)))
    #expect(!same(try await maps(["seed": "1"], [0], session), all.rows(0..<1)))
    let coarse = try await maps(["cells": "4"], [0], session)
    // Cells are 7 pixels wide, so neighbours in a row are close to each other.
    let steps = (0..<783).filter { $0 % 28 != 27 }.map { abs(coarse[$0] - coarse[$0 + 1]) }
    #expect((steps.max() ?? 0) < 0.15 && (coarse.elements.max() ?? 0) > 0)
  }

  @Test("nothing explains with a floor")
  func notListed() {
    for floor in Floors.methods {
      #expect(Catalogue.method(named: floor.name) == nil)
    }
  }
}
