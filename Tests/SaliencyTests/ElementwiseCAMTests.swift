import Saliency
import Tensors
import Testing

/// Layer-CAM, HiResCAM and XGrad-CAM on numbers made by hand.
@Suite struct ElementwiseCAMTests {
  @Test func layerCAMKeepsPositiveGradients() async throws {
    #expect(try await ActivationFixture.isRaw(LayerCAM(), [1, 8, 0, 0]))
    let found = try await ActivationFixture.explanation(LayerCAM())
    #expect(try await found.maps.download().elements == [0.125, 1, 0, 0])
    #expect(found.passes == [Passes(forwards: 1, backwards: 1)])
  }

  /// tanh(2 · 1/8) = 0.24492, tanh(2) = 0.96403.
  @Test func layerCAMRescalesShallowLayers() async throws {
    let method = try LayerCAM(settings: ["tanh": "2"])
    let maps = try await ActivationFixture.explanation(method).maps.download()
    let expected = HostTensor<Float>([1, 1, 2, 2], [0.24491866 / 0.96402758, 1, 0, 0])
    #expect(distance(maps, expected) < 1e-6)
    let torchcam = try LayerCAM(settings: ["tanh": "2", "finish": "torchcam"])
    let small = try await ActivationFixture.explanation(torchcam).maps.download()
    #expect(distance(small, HostTensor([1, 1, 2, 2], [0.24491866, 0.96402758, 0, 0])) < 1e-6)
  }

  @Test func hiResCAMKeepsSigns() async throws {
    #expect(try await ActivationFixture.isRaw(HiResCAM(), [0, 8, -4, -4]))
    let found = try await ActivationFixture.explanation(HiResCAM())
    #expect(try await found.maps.download().elements == [0, 1, 0, 0])
  }

  /// (1 + 4 + 0 − 4) / 10 and (−1 + 4 − 4 + 0) / 16.
  @Test func xGradCAMAveragesUnderTheActivations() async throws {
    let expected = ActivationFixture.weighted(0.1, -1 / 16)
    #expect(try await ActivationFixture.isRaw(XGradCAM(), expected))
  }

  @Test func xGradCAMGivesChannelsWithoutSumNoWeight() async throws {
    let activations = HostTensor<Float>([1, 2, 2, 2], [1, -1, 2, -2, 2, 4, 2, 8])
    let found = try await ActivationFixture.explanation(XGradCAM(), activations: activations)
    let raw = try await ActivationFixture.raw(of: found)
    let expected = [2, 4, 2, 8].map { Float($0) * -1 / 16 }
    #expect(distance(raw, HostTensor([1, 1, 2, 2], expected)) < 1e-6)
  }

  @Test func mapsThatHoldNothingAreZeros() async throws {
    for method in [try LayerCAM() as any Explainer, try HiResCAM(), try XGradCAM()] {
      try await ActivationFixture.checkDegenerateCases(method)
    }
    try await ActivationFixture.checkDegenerateCases(LayerCAM(settings: ["tanh": "2"]))
  }
}
