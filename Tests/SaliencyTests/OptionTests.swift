import Saliency
import Tensors
import Testing

/// No option is without effect: each changes the maps of a small random network.
@Suite struct OptionTests {
  private func session() async throws -> Session {
    try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(4))
  }

  private func maps(
    _ method: String, _ settings: [String: String], _ session: Session
  ) async throws -> HostTensor<Float> {
    try await Catalogue.explainer(named: method, settings: settings)
      .maps(topTargets(0..<4), with: session)
  }

  /// Every value but the default; `pool` and `reduce` scale, so they show before normalising.
  @Test(arguments: [
    ["relu": "false"], ["finish": "library"], ["finish": "torchcam"], ["finish": "pair"],
    ["finish": "blog"], ["finish": "raw"], ["resize": "align-corners"],
    ["counterfactual": "true"],
  ])
  func everyOptionOfGradCAMChangesTheMap(settings: [String: String]) async throws {
    let session = try await session()
    let plain = try await maps("grad-cam", [:], session)
    #expect(!same(try await maps("grad-cam", settings, session), plain))
  }

  @Test(arguments: [["pool": "sum"], ["reduce": "mean"], ["resize": "half-pixel"]])
  func scalesShowInTheRawFinish(settings: [String: String]) async throws {
    let session = try await session()
    let plain = try await maps("grad-cam", ["finish": "raw"], session)
    let raw = settings.merging(["finish": "raw"]) { first, _ in first }
    #expect(!same(try await maps("grad-cam", raw, session), plain))
  }

  @Test(arguments: [
    ["variant": "head"], ["variant": "fast"], ["groups": "4"], ["theta": "0"],
    ["theta-scope": "joint"], ["weights": "none"], ["score": "prob"], ["merge": "raw"],
    ["rectify": "each"], ["norm-order": "norm-then-upsample"], ["baseline": "zero"],
    ["baseline": "black"], ["split": "chunk"], ["blur-size": "11"], ["blur-sigma": "5"],
  ])
  func everyOptionOfGroupCAMChangesTheMap(settings: [String: String]) async throws {
    let session = try await session()
    // Five groups of twelve channels are unequal, so that the split shows.
    let base = ["groups": "5"]
    let plain = try await maps("group-cam", base, session)
    #expect(plain.elements.contains { $0 > 0 })
    let found = try await maps("group-cam", base.merging(settings) { _, new in new }, session)
    #expect(!same(found, plain))
  }
}
