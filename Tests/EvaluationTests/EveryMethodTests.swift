import Evaluation
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// Every method under every metric that runs it again, on pictures of three colours.
@Suite("Every method is measured like a map without colours")
struct EveryMethodTests {
  static let names = (Catalogue.methods + Floors.methods).map { $0.name }

  private func subjects(
    _ name: String, _ session: Session, _ targets: [Target]
  ) async throws -> Subjects {
    let type = try #require((Catalogue.methods + Floors.methods).first { $0.name == name })
    let explainer = try type.init(settings: name == "rise" ? ["masks": "40"] : [:])
    let maker = Maker(explainer, at: [ColourNetwork.layer])
    let made = try await maker.explain(targets, with: session)
    return Subjects(
      targets: targets, maps: try await session.colourless(made.maps),
      attributions: explainer.gradientDisplay == nil ? nil : made.raw, maker: maker)
  }

  /// `[T, H·W]`: magnitudes summed over colours.
  private func flat(_ maps: HostTensor<Float>) -> [[Double]] {
    let size = maps.shape[2] * maps.shape[3]
    return (0..<maps.shape[0]).map { target in
      let map = maps.rows(target..<target + 1).elements
      guard map.count > size else { return map.map(Double.init) }
      return (0..<size).map { place in
        stride(from: place, to: map.count, by: size).reduce(0) { $0 + abs(Double(map[$1])) }
      }
    }
  }

  @Test("an image that does not move leaves every map where it is", arguments: names)
  func radiusZero(name: String) async throws {
    let session = try await ColourNetwork.session()
    let subjects = try await subjects(name, session, [target(0), target(2, image: 1)])
    let metric = try MaxSensitivity(settings: ["radius": "0", "n": "1"])
    let found = try await metric.measure(subjects, with: session)
    #expect(found.map(\.value) == [0, 0], "\(found)")
  }

  @Test("coherency is the correlation of both maps without colours", arguments: names)
  func coherency(name: String) async throws {
    let session = try await ColourNetwork.session()
    let targets = [target(1), target(0, image: 1)]
    let subjects = try await subjects(name, session, targets)
    let maker = try #require(subjects.maker)
    let first = flat(try await subjects.hostMaps())
    let size = ColourNetwork.side * ColourNetwork.side
    let seen = HostTensor<Float>(ColourNetwork.images.shape) { place in
      let map = first[place / (3 * size)]
      let (low, high) = (map.min() ?? 0, map.max() ?? 0)
      let share = high > low ? (map[place % size] - low) / (high - low) : 0
      return ColourNetwork.images[place] * Float(share)
    }
    let again = try await maker.explain(
      targets, with: session.with(images: session.upload(seen)))
    let second = flat(try await again.maps.download())
    let found = try await Coherency().measure(subjects, with: session)
    for place in targets.indices {
      let expected = Correlation.pearson(first[place], second[place]).map { ($0 + 1) / 2 } ?? 0
      #expect(difference(found[place].value, expected) < 1e-4, "\(found[place]) \(expected)")
    }
  }

  @Test("sanity checks of every method are finite, and so is infidelity", arguments: names)
  func finite(name: String) async throws {
    let session = try await ColourNetwork.session()
    let subjects = try await subjects(name, session, [target(0), target(2, image: 1)])
    for measurement in try await SanityCheck().measure(subjects, with: session) {
      #expect(measurement.curves.map(\.values.count) == [3, 3, 3], "\(measurement)")
      #expect((-1...1).contains(measurement.value ?? 2), "\(measurement)")
    }
    let isLocal = try #require(subjects.maker).explainer.isDerivative
    let pair = try [isLocal, !isLocal].map { isNoise in
      try Infidelity(settings: ["perturb": isNoise ? "noise" : "square", "n": "6"])
    }
    #expect(pair[1].obstacle(subjects.maker, in: session.network) != nil)
    let found = try await pair[0].measure(subjects, with: session)
    #expect(found.allSatisfy { $0.value?.isFinite ?? false }, "\(found)")
  }

  @Test("smoothed gradients are derivatives, their squares and products are none")
  func derivatives() throws {
    for (settings, isDerivative) in [
      ([:], true), (["base": "guided-backprop"], true), (["mode": "square"], false),
      (["mode": "var"], false), (["base": "gradient-x-input"], false),
    ] {
      #expect(try SmoothGrad(settings: settings).isDerivative == isDerivative, "\(settings)")
    }
    #expect(try !GradientTimesInput().isDerivative && !FullGrad().isDerivative)
  }
}
