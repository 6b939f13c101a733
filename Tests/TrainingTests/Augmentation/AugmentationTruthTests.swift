import Execution
import ReferenceBackend
import Tensors
import Testing
import Training

@Suite("Augmented pictures are those of a script that does not know ours")
struct AugmentationTruthTests {
  private typealias Fixture = AugmentationFixture

  /// The rows of a tensor.
  private func rows(_ tensor: HostTensor<Float>) -> [[Float]] {
    (0..<tensor.shape[0]).map { tensor.rows($0..<$0 + 1).elements }
  }

  private func distance(_ found: HostTensor<Float>, _ truth: HostTensor<Float>) -> Float {
    #expect(found.elements.count == truth.elements.count)
    return zip(found.elements, truth.elements).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test(
    "masks where they are decided, and pictures to 1e-4, on both engines",
    arguments: Fixture.names, AugmentationOptions.Formula.allCases)
  func masksAndPicturesAreThoseOfTheTruth(
    name: String, formula: AugmentationOptions.Formula
  ) async throws {
    let fixture = try Fixture(name)
    let truth = try fixture.truth(formula)
    let options = try AugmentationOptions(settings: ["formula": formula.rawValue])
    let decided = truth.margins.elements.indices.filter { truth.margins[$0] >= 1e-6 }
    #expect(decided.count == Fixture.pictureCount * Fixture.side * Fixture.side)
    let engines: [any Backend] = [ReferenceBackend(), try await Engines.openCL.value]
    for backend in engines {
      let augmentation = try await fixture.augmentation(options, on: backend)
      let images = try await backend.upload(fixture.pictures)
      let found = try await augmentation.blended(images, labels: fixture.labels)
      let maps = try await found.maps.download()
      #expect(distance(maps, truth.maps) <= 1e-4, "\(backend.name)")
      let masks = try await found.masks.download()
      let wrong = decided.filter { masks[$0] != truth.masks[$0] }
      #expect(wrong.isEmpty, "\(backend.name)")
      for mask in rows(masks) {
        #expect(Set(mask) == [0, 1], "a mask of \(name) is constant")
      }
      let seen = try await augmentation.augmented(
        images, labels: fixture.labels, at: Fixture.place(Array(0..<Fixture.pictureCount))
      ).download()
      #expect(distance(seen, truth.pictures) <= 1e-4, "\(backend.name)")
    }
  }

  @Test("the formulas disagree on every picture", arguments: Fixture.names)
  func formulasDisagree(name: String) async throws {
    let fixture = try Fixture(name)
    let backend = try await Engines.openCL.value
    let images = try await backend.upload(fixture.pictures)
    var found: [(masks: [[Float]], pictures: [[Float]])] = []
    for formula in AugmentationOptions.Formula.allCases {
      let options = try AugmentationOptions(settings: ["formula": formula.rawValue])
      let augmentation = try await fixture.augmentation(options, on: backend)
      let blended = try await augmentation.blended(images, labels: fixture.labels)
      let masks = try await blended.masks.download()
      found.append((rows(masks), rows(try await blended.images.download())))
    }
    for image in 0..<Fixture.pictureCount {
      #expect(found[0].masks[image] != found[1].masks[image])
      #expect(found[0].pictures[image] != found[1].pictures[image])
    }
  }
}
