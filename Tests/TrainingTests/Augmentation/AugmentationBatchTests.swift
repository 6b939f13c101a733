import Execution
import Graphs
import Jobs
import Operators
import Saliency
import Tensors
import Testing
import Training

@Suite("Which pictures change follows from the run and the picture alone")
struct AugmentationBatchTests {
  private let fixture: AugmentationFixture

  init() throws {
    fixture = try AugmentationFixture("residual")
  }

  /// What becomes of some pictures of the fixture, in batches of these sizes.
  private func rows(
    _ augmentation: SaliencyAugmentation, sizes: [Int], epoch: Int = 0, seed: UInt64 = 3
  ) async throws -> [[Float]] {
    let backend = try await Engines.openCL.value
    var (rows, start) = ([[Float]](), 0)
    for (batch, size) in sizes.enumerated() {
      let some = start..<start + size
      let images = try await backend.upload(fixture.pictures.rows(some))
      let place = AugmentationFixture.place(Array(some), epoch: epoch, batch: batch, seed: seed)
      let found = try await augmentation.augmented(
        images, labels: Array(fixture.labels[some]), at: place
      ).download()
      rows += (0..<size).map { found.rows($0..<$0 + 1).elements }
      start += size
    }
    return rows
  }

  private var pictures: [[Float]] {
    (0..<AugmentationFixture.pictureCount).map { fixture.pictures.rows($0..<$0 + 1).elements }
  }

  private func makeAugmentation(
    _ settings: [String: String], method: String = "group-cam"
  ) async throws -> SaliencyAugmentation {
    try await fixture.augmentation(
      AugmentationOptions(method: method, settings: settings), on: Engines.openCL.value)
  }

  @Test("neither the size of batches nor the neighbours change a picture's bits")
  func batchSizeDoesNotMatter() async throws {
    let augmentation = try await makeAugmentation(["probability": "0.5"])
    let whole = try await rows(augmentation, sizes: [8])
    for sizes in [[3, 5], [1, 1, 6], [7, 1]] {
      #expect(try await rows(augmentation, sizes: sizes) == whole)
    }
    let changed = zip(whole, pictures).map { $0 != $1 }
    #expect(changed.contains(true) && changed.contains(false))
  }

  @Test("a share of the pictures changes, other ones in other epochs and runs")
  func probabilityIsAShareOfThePictures() async throws {
    let options = try AugmentationOptions(settings: ["probability": "0.25"])
    var found: [[Int]] = []
    for (epoch, seed) in [(0, 3), (1, 3), (0, 4)] as [(Int, UInt64)] {
      let place = AugmentationFixture.place(Array(0..<4000), epoch: epoch, seed: seed)
      found.append(options.rows(at: place))
      // Four deviations of a binomial distribution.
      #expect(abs(found.last.map { $0.count - 1000 } ?? .max) < 110)
    }
    #expect(Set(found).count == 3)
    let all = AugmentationFixture.place(Array(0..<100))
    #expect(try AugmentationOptions().rows(at: all) == Array(0..<100))
    let none = try AugmentationOptions(settings: ["probability": "0"])
    #expect(none.rows(at: all).isEmpty)
  }

  @Test("epochs without maps and batches between them leave pictures as they are")
  func epochsAndBatchesAreLeftOut() async throws {
    let augmentation = try await makeAugmentation(["after-epoch": "2", "every": "3"])
    for (epoch, changes) in [(0, false), (1, false), (2, true), (5, true)] {
      let found = try await rows(
        augmentation, sizes: [1, 2, 1, 2, 2], epoch: epoch)
      let changed = zip(found, pictures).map { $0 != $1 }
      // The rows of batches 0 and 3.
      let expected = [true, false, false, false, true, true, false, false].map { $0 && changes }
      #expect(changed == expected, "epoch \(epoch)")
    }
  }

  @Test(
    "maps of any method blend as explain's pictures do",
    arguments: [
      ("grad-cam", [:]), ("rise", ["masks": "40"]), ("gradient", ["reduce": "none"]),
      ("group-cam", ["variant": "head"]),
    ] as [(String, [String: String])])
  func anyMethodMakesMaps(method: String, settings: [String: String]) async throws {
    let backend = try await Engines.openCL.value
    let augmentation = try await makeAugmentation(settings, method: method)
    let images = try await backend.upload(fixture.pictures)
    let session = try Session(
      network: fixture.graph, parameters: try await backend.upload(fixture.weights),
      images: images, backend: backend)
    let targets = fixture.labels.enumerated().map { image, label in
      Target(image: image, choice: .outputs([.init(index: label)]))
    }
    let maps = try await augmentation.options.explainer.explain(
      targets, at: fixture.layer, with: session
    ).maps.download()
    let found = try await rows(augmentation, sizes: [8])
    let side = AugmentationFixture.side
    for image in targets.indices {
      let map = maps.rows(image..<image + 1).reshaped([maps.shape[1], side, side])
      let picture = HostTensor([3, side, side], pictures[image])
      let expected = Blend.image(
        picture, map.shape[0] == 1 ? map.reshaped([side, side]) : map)
      let wrong = zip(found[image], expected.elements).count { abs($0 - $1) > 1e-4 }
      #expect(wrong == 0, "\(method), picture \(image)")
      #expect(found[image] != pictures[image])
    }
  }

  @Test("a map that says nothing leaves its picture as it is")
  func emptyMapLeavesItsPicture() async throws {
    let backend = try await Engines.openCL.value
    var weights = fixture.weights
    for name in ["fc.weight", "fc.bias"] as [ParameterName] {
      let shape = try #require(weights[name]?.shape)
      weights[name] = HostWeights(HostTensor(shape, filledWith: 0))
    }
    let augmentation = try await fixture.augmentation(
      AugmentationOptions(), backend.upload(weights), on: backend)
    #expect(try await rows(augmentation, sizes: [8]) == pictures)
  }
}
