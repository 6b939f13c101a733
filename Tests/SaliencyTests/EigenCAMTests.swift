import Saliency
import Tensors
import Testing

/// EigenCAM and Eigen-Grad-CAM on matrices of rank one, whose principal direction is known.
@Suite struct EigenCAMTests {
  /// 3 and 4 times a map.
  private func stack(_ map: [Float]) -> HostTensor<Float> {
    HostTensor([1, 2, 2, 2], map.map { 3 * $0 } + map.map { 4 * $0 })
  }

  private func raw(
    _ method: any Explainer, _ activations: HostTensor<Float>,
    gradients: HostTensor<Float> = HostTensor([1, 2, 2, 2], filledWith: 1)
  ) async throws -> HostTensor<Float> {
    let found = try await ActivationFixture.explanation(
      method, activations: activations, gradients: gradients)
    return try await ActivationFixture.raw(of: found)
  }

  private func map(_ elements: [Float]) -> HostTensor<Float> { HostTensor([1, 1, 2, 2], elements) }

  @Test func theProjectionOfRankOneIsTheMap() async throws {
    let found = try await raw(EigenCAM(), stack([1, 2, 0, 2]))
    #expect(distance(found, map([5, 10, 0, 10])) < 1e-5)
  }

  @Test func theLargestEntryIsPositive() async throws {
    let found = try await raw(EigenCAM(), stack([1, -3, 2, 0]))
    #expect(distance(found, map([-5, 15, -10, 0])) < 1e-5)
    let maps = try await ActivationFixture.explanation(
      EigenCAM(), activations: stack([1, -3, 2, 0])
    ).maps.download()
    #expect(distance(maps, map([0, 1, 0, 0])) < 1e-6)
  }

  /// The mean of the map is 1.25.
  @Test func centeringTakesTheMeanOff() async throws {
    let method = try EigenCAM(settings: ["center": "true"])
    let found = try await raw(method, stack([1, 2, 0, 2]))
    #expect(distance(found, map([1.25, -3.75, 6.25, -3.75])) < 1e-5)
  }

  @Test func gradientsWeightTheActivations() async throws {
    let gradients = HostTensor<Float>([1, 2, 2, 2], [1, 2, 3, -1, 1, 2, 3, -1])
    for method in [
      try EigenCAM(settings: ["weighted": "true"]) as any Explainer, try EigenGradCAM(),
    ] {
      let found = try await raw(method, stack([1, 2, 0, 2]), gradients: gradients)
      #expect(distance(found, map([5, 20, 0, -10])) < 1e-5)
    }
    let plain = try await raw(EigenCAM(), stack([1, 2, 0, 2]), gradients: gradients)
    #expect(distance(plain, map([5, 10, 0, 10])) < 1e-5)
  }

  @Test func onlyWeightedMapsNeedGradients() async throws {
    let plain = try await ActivationFixture.explanation(EigenCAM())
    #expect(plain.passes == [Passes(forwards: 1)])
    let weighted = try await ActivationFixture.explanation(EigenGradCAM())
    #expect(weighted.passes == [Passes(forwards: 1, backwards: 1)])
    let network = try TinyNetwork(classes: 3).graph
    #expect(try EigenCAM().needs(network).passes.backwards == 0)
    #expect(try EigenGradCAM().needs(network).passes.backwards == 1)
  }

  @Test func mapsThatHoldNothingAreZeros() async throws {
    for method in [
      try EigenCAM() as any Explainer, try EigenGradCAM(),
      try EigenCAM(settings: ["center": "true"]),
    ] {
      try await ActivationFixture.checkDegenerateCases(method)
    }
  }
}
