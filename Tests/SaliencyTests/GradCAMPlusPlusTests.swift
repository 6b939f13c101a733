import Execution
import Saliency
import Tensors
import Testing

/// Grad-CAM++ on numbers made by hand.
@Suite struct GradCAMPlusPlusTests {
  private func method(_ settings: [String: String] = [:]) throws -> GradCAMPlusPlus {
    try GradCAMPlusPlus(settings: settings)
  }

  /// a = 1 / (2 + g·ΣA): 1/12 for g = 1 and 1/22 for g = 2 of ΣA = 10, 1/18 for g = 1 of 16.
  @Test func weightsFollowThePaper() async throws {
    let expected = ActivationFixture.weighted(1 / 12 + 2 / 22, 1 / 18)
    #expect(try await ActivationFixture.isRaw(method(), expected))
    let found = try await ActivationFixture.explanation(method())
    #expect(found.passes == [Passes(forwards: 1, backwards: 1)])
    let maps = try await found.maps.download().elements
    #expect(maps[3] == 1 && maps[0] == 0)
  }

  /// The shares of a channel, 11/132 and 6/132, become 11/17 and 6/17; of one alone, 1.
  @Test func officialSharesSumToOne() async throws {
    let official = try method(["variant": "official"])
    #expect(
      try await ActivationFixture.isRaw(official, ActivationFixture.weighted(23 / 17, 1)))
    let chosen = Dictionary(uniqueKeysWithValues: official.resolvedSettings)
    #expect(chosen["finish"] == "pair" && chosen["exp"] == "true")
  }

  /// Σ A·g³ is 1 + 16 − 4 = 13 and −0.25 + 4 − 16 = −12.25.
  @Test func jointSumsBeforeItMultiplies() async throws {
    let expected = ActivationFixture.weighted(1.0 / 15 + 2 * 4.0 / 21, -1 / 10.25)
    #expect(try await ActivationFixture.isRaw(method(["variant": "joint"]), expected))
  }

  /// y is the sum of outputs times weights: 1·1 + 2·2, for the fake's weights are its outputs.
  @Test func exponentialMultipliesTheWeights() async throws {
    let expected = ActivationFixture.weighted(1 / 12 + 2 / 22, 1 / 18).map { $0 * 148.413159 }
    let outputs: [Float] = [1, 2]
    #expect(try await ActivationFixture.isRaw(method(["exp": "true"]), expected, outputs: outputs))
    let plain = try await ActivationFixture.explanation(method(), outputs: outputs)
    let scaled = try await ActivationFixture.explanation(
      method(["exp": "true"]), outputs: outputs)
    let difference = distance(
      try await plain.maps.download(), try await scaled.maps.download())
    #expect(difference < 1e-6)
  }

  @Test(arguments: ["paper", "official", "joint"])
  func largeScoresDoNotOverflow(variant: String) async throws {
    for target in [classZero, Target(image: 0, choice: classZero.choice, negated: true)] {
      let found = try await ActivationFixture.explanation(
        method(["variant": variant, "exp": "true"]), outputs: [10, 10], targets: [target])
      #expect(try await found.summaries().first?.error == nil)
      #expect(try await found.maps.download().elements.contains { $0 > 0.5 })
    }
  }

  /// 2 + g·ΣA is 0 at the only gradient: 0 in the paper's variant, g² in the authors' before it is
  /// divided by itself.
  @Test func polesAreNotDivided() async throws {
    let activations = HostTensor<Float>([1, 1, 2, 2], [-2, 1, -2, 1])
    let gradients = HostTensor<Float>([1, 1, 2, 2], [1, 0, 0, 0])
    func raw(_ variant: String) async throws -> [Float] {
      let found = try await ActivationFixture.explanation(
        method(["variant": variant]), activations: activations, gradients: gradients)
      return try await ActivationFixture.raw(of: found).elements
    }
    #expect(try await raw("paper") == [0, 0, 0, 0])
    #expect(try await raw("official") == [-2, 1, -2, 1])
  }

  /// Squares of these gradients are no longer told from zero in single precision.
  @Test func tinyGradientsDoNotUnderflow() async throws {
    let gradients = HostTensor<Float>(
      [1, 2, 2, 2], [1, 2, 0, -1, -1, 1, -2, 0].map { $0 * 1e-24 })
    let found = try await ActivationFixture.explanation(method(), gradients: gradients)
    let expected = ActivationFixture.weighted(3, 1).map { $0 * 0.5e-24 }
    let raw = try await ActivationFixture.raw(of: found)
    #expect(distance(raw, HostTensor([1, 1, 2, 2], expected)) < 1e-30)
  }

  @Test(arguments: ["paper", "official", "joint"])
  func mapsThatHoldNothingAreZeros(variant: String) async throws {
    let finish = ["variant": variant, "finish": "default"]
    try await ActivationFixture.checkDegenerateCases(method(finish))
  }
}
