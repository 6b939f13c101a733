import Execution
import Saliency
import Tensors
import Testing

/// Grad-CAM on numbers made by hand: two channels of 2 x 2.
@Suite struct GradCAMTests {
  /// alpha = mean of each gradient: (1, -0.5).
  static let activations = HostTensor<Float>([1, 2, 2, 2], [1, 2, 3, 4, 0, 4, 2, 8])
  static let gradients = HostTensor<Float>([1, 2, 2, 2], [4, 0, 0, 0, -1, -1, 0, 0])
  /// 1·(1, 2, 3, 4) − 0.5·(0, 4, 2, 8).
  static let weightedSum: [Float] = [1, 0, 2, 0]

  private func explanation(
    _ settings: [String: String] = [:], image: (Int, Int)? = nil
  ) async throws -> Explanation {
    let probe = try await FakeProbe(
      activations: Self.activations, gradients: Self.gradients, image: image)
    return try await GradCAM(settings: settings).explain([classZero], at: "a", with: probe)
  }

  @Test func weightsAreTheMeanGradient() async throws {
    let found = try await explanation()
    #expect(try await found.raw?.download().elements == Self.weightedSum)
    #expect(try await found.maps.download().elements == [0.5, 0, 1, 0])
    #expect(try await found.ranges.download().elements == [0, 2])
    #expect(found.passes == [Passes(forwards: 1, backwards: 1)])
  }

  @Test func sumPoolingMultipliesByThePositions() async throws {
    let found = try await explanation(["pool": "sum"])
    #expect(try await found.raw?.download().elements == Self.weightedSum.map { $0 * 4 })
    #expect(try await found.maps.download().elements == [0.5, 0, 1, 0])
  }

  @Test func meanReductionDividesByTheChannels() async throws {
    let found = try await explanation(["reduce": "mean"])
    #expect(try await found.raw?.download().elements == Self.weightedSum.map { $0 / 2 })
  }

  @Test func counterfactualNegatesTheWeights() async throws {
    let found = try await explanation(["counterfactual": "true", "relu": "false"])
    #expect(try await found.raw?.download().elements == [-1, 0, -2, 0])
    #expect(try await found.maps.download().elements == [0.5, 1, 0, 1])
  }

  /// A finish with the map and the range before its last normalisation that it must give.
  struct Expectation: Sendable {
    let settings: [String: String]
    let map: [Float]
    var range: [Float] = []

    /// Of the weighted sum 1, 0, 2, 0 at its own size.
    static let sameSize = [
      Expectation(settings: ["finish": "library"], map: [0.5, 0, 1, 0], range: [0, 1]),
      Expectation(settings: ["finish": "torchcam"], map: [0.5, 0, 1, 0], range: [0, 2]),
      Expectation(settings: ["finish": "pair"], map: [0.5, 0, 1, 0], range: [0, 2]),
      Expectation(settings: ["finish": "blog"], map: [0.5, 0, 1, 0], range: [0, 2]),
      Expectation(settings: ["finish": "raw"], map: [1, 0, 2, 0], range: [0, 2]),
    ]

    /// Of two columns 1, 4, upsampled to four: half-pixel centres give a, (3a + b)/4, (a + 3b)/4,
    /// b, aligned corners a, (2a + b)/3, (a + 2b)/3, b.
    static let upsampled = [
      Expectation(settings: ["finish": "raw"], map: [1, 2, 3, 4]),
      Expectation(
        settings: ["finish": "raw", "resize": "half-pixel"], map: [1, 1.75, 3.25, 4]),
      Expectation(settings: ["finish": "pair"], map: [0.25, 0.4375, 0.8125, 1]),
      Expectation(
        settings: ["finish": "pair", "resize": "align-corners"], map: [0.25, 0.5, 0.75, 1]),
      Expectation(settings: ["finish": "torchcam"], map: [0, 0.25, 0.75, 1]),
      Expectation(settings: ["finish": "library"], map: [0, 0.25, 0.75, 1]),
      Expectation(settings: [:], map: [0, 0.25, 0.75, 1]),
      Expectation(settings: ["resize": "align-corners"], map: [0, 1 / 3, 2 / 3, 1]),
    ]
  }

  @Test(arguments: Expectation.sameSize)
  func finishesFollowTheTableWithoutUpsampling(expected: Expectation) async throws {
    let found = try await explanation(expected.settings)
    let maps = try await found.maps.download()
    #expect(distance(maps, HostTensor([1, 1, 2, 2], expected.map)) < 2e-7)
    let ranges = try await found.ranges.download()
    #expect(distance(ranges, HostTensor([1, 2], expected.range)) < 2e-7)
  }

  @Test(arguments: Expectation.upsampled)
  func finishesFollowTheTableWithUpsampling(expected: Expectation) async throws {
    let probe = try await FakeProbe(
      activations: HostTensor([1, 1, 1, 2], [1, 4]),
      gradients: HostTensor([1, 1, 1, 2], [1, 1]), image: (1, 4))
    let method = try GradCAM(settings: expected.settings)
    let maps = try await method.maps([classZero], at: "a", with: probe)
    #expect(distance(maps, HostTensor([1, 1, 1, 4], expected.map)) < 5e-7)
  }

  /// Normalising before upsampling leaves a peak below 1 where no pixel samples its centre.
  @Test func orderOfNormalisingMatters() async throws {
    let activations = HostTensor<Float>([1, 1, 3, 3], [0, 0, 0, 0, 4, 0, 0, 0, 1])
    let probe = try await FakeProbe(
      activations: activations, gradients: HostTensor([1, 1, 3, 3], filledWith: 1),
      image: (6, 6))
    func peak(_ finish: String) async throws -> Float {
      let maps = try await GradCAM(settings: ["finish": finish]).maps([classZero], with: probe)
      return maps.elements.max() ?? 0
    }
    #expect(try await peak("default") == 1)
    #expect(abs(try await peak("library") - 1) < 1e-6)
    // (3/4)² of the peak, and (1/4)² of the neighbour at the corner.
    #expect(abs(try await peak("torchcam") - (0.5625 + 0.0625 / 4)) < 1e-6)
    #expect(abs(try await peak("pair") - (0.5625 + 0.0625 / 4)) < 1e-6)
  }

  @Test(arguments: Finish.Order.allCases)
  func nothingPositiveGivesZerosAndAReason(order: Finish.Order) async throws {
    let probe = try await FakeProbe(
      activations: Self.activations, gradients: HostTensor([1, 2, 2, 2], filledWith: -1),
      image: (5, 5))
    let settings = ["finish": order.rawValue]
    let found = try await GradCAM(settings: settings).explain([classZero], at: "a", with: probe)
    #expect(try await found.maps.download().elements.allSatisfy { $0 == 0 })
    let summary = try #require(try await found.summaries().first)
    #expect(summary.isDegenerate)
    let reason = try #require(summary.reason)
    #expect(reason.contains("layer a") && reason.contains("not:"))
    #expect(summary.error == nil)
  }

  @Test(arguments: ["default", "library", "torchcam"])
  func constantMapIsZerosThoughUpsamplingRounds(finish: String) async throws {
    // 0.1 is no binary fraction: upsampled copies differ in the last bit.
    let probe = try await FakeProbe(
      activations: HostTensor([1, 1, 3, 3], filledWith: 0.1),
      gradients: HostTensor([1, 1, 3, 3], filledWith: 0.3), image: (7, 11))
    let method = try GradCAM(settings: ["finish": finish])
    let found = try await method.explain([classZero], at: "a", with: probe)
    #expect(try await found.maps.download().elements.allSatisfy { $0 == 0 })
    #expect(try await found.summaries().first?.isDegenerate == true)
  }

  @Test func constantMapDividedByItsMaximumIsOnes() async throws {
    let probe = try await FakeProbe(
      activations: HostTensor([1, 1, 2, 2], filledWith: 3),
      gradients: HostTensor([1, 1, 2, 2], filledWith: 1))
    let found = try await GradCAM(settings: ["finish": "pair"])
      .explain([classZero], at: "a", with: probe)
    #expect(try await found.maps.download().elements == [1, 1, 1, 1])
    #expect(try await found.summaries().first?.isDegenerate == false)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func whatIsNotFiniteIsNamed(value: Float) async throws {
    var gradients = HostTensor<Float>([2, 2, 2, 2], filledWith: 1)
    gradients[9] = value
    let activations = HostTensor<Float>([2, 2, 2, 2]) { Float($0) }
    let probe = try await FakeProbe(activations: activations, gradients: gradients)
    let second = Target(image: 1, choice: .top(1))
    let found = try await GradCAM().explain([classZero, second], at: "a", with: probe)
    let summaries = try await found.summaries()
    #expect(summaries[0].error == nil)
    guard case .notFinite(let tensor, let target) = try #require(summaries[1].error) else {
      Issue.record("\(String(describing: summaries[1].error))")
      return
    }
    #expect(tensor == "gradients at a" && target == 1)
  }
}
