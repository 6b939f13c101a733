import Saliency
import Tensors
import Testing
import Training

@Suite("What cannot augment is refused in one line")
struct AugmentationErrorTests {
  /// The line of what a body throws.
  private func line(_ body: () async throws -> Void) async -> String {
    do {
      try await body()
      return "nothing was thrown"
    } catch {
      return "\(error)"
    }
  }

  @Test("settings that are unknown or out of range")
  func wrongSettings() async {
    let wrong: [(String, [String: String], String)] = [
      ("group-cm", [:], "group-cm: no such method; did you mean group-cam?"),
      ("group-cam", ["every": "0"], "augment.every: 0 is outside 1...1000000"),
      ("group-cam", ["probability": "2"], "augment.probability: 2 is outside 0...1"),
      ("group-cam", ["formula": "head"], "augment.formula: 'head' is not one of paper, repo"),
      ("group-cam", ["evry": "2"], "group-cam.evry: no such setting; did you mean every?"),
      ("group-cam", ["group": "4"], "group-cam.group: no such setting; did you mean groups?"),
    ]
    for (method, settings, start) in wrong {
      let found = await line { _ = try AugmentationOptions(method: method, settings: settings) }
      #expect(found.hasPrefix(start), "\(found)")
    }
  }

  @Test("a formula sets defaults, and what is given wins")
  func formulaSetsDefaults() throws {
    func variant(_ options: AugmentationOptions) -> String? {
      options.explainer.resolvedSettings.first { $0.name == "variant" }?.value
    }
    let paper = try AugmentationOptions()
    #expect(paper.blend == .paper && paper.threshold == .image && variant(paper) == "fast")
    let repo = try AugmentationOptions(settings: ["formula": "repo"])
    #expect(repo.blend == .repo && repo.threshold == .batch && variant(repo) == "paper")
    let mixed = try AugmentationOptions(
      settings: ["formula": "repo", "threshold": "image", "variant": "head", "groups": "4"])
    #expect(mixed.blend == .repo && mixed.threshold == .image && variant(mixed) == "head")
    #expect(
      mixed.resolvedSettings.map { "\($0.name)=\($0.value)" } == [
        "formula=repo", "blend=repo", "threshold=image", "probability=1", "after-epoch=0",
        "every=1",
      ])
  }

  @Test("networks that the method cannot explain, and batches that do not fit")
  func wrongNetworksAndBatches() async throws {
    let fixture = try AugmentationFixture("residual")
    let backend = try await Engines.openCL.value
    let parameters = try await backend.upload(fixture.weights)
    let options = try AugmentationOptions()
    let unknown = await line {
      _ = try await SaliencyAugmentation(
        fixture.graph, parameters, at: "layer7", options: options, on: backend)
    }
    #expect(unknown.hasPrefix("the maps: layer7: no such layer; nearest:"), "\(unknown)")
    let small = try SmallNetwork("plain")
    let weights = try await backend.upload(try TrainingFixture("plain").weights)
    let narrow = await line {
      _ = try await SaliencyAugmentation(
        small.graph, weights, at: .image, options: options, on: backend)
    }
    #expect(narrow.hasPrefix("--augment: group-cam: a blur of 51 pixels needs "), "\(narrow)")
    #expect(narrow.contains("blur-size=23") && narrow.contains("--augment none"))

    let augmentation = try await fixture.augmentation(options, parameters, on: backend)
    let images = try await backend.upload(fixture.pictures.rows(0..<2))
    let place = AugmentationFixture.place([0, 1])
    let few = await line {
      _ = try await augmentation.augmented(images, labels: [0], at: place)
    }
    #expect(few.hasPrefix("a batch: 1 labels and 2 samples for images"), "\(few)")
    let beyond = await line {
      _ = try await augmentation.augmented(images, labels: [0, 10], at: place)
    }
    #expect(beyond.hasPrefix("--augment: output 10: the network has 0...9"), "\(beyond)")
  }
}
