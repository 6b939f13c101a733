import Evaluation
import Execution
import Graphs
import Operators
import Saliency
import Tensors
import Testing

@Suite("Infidelity and max-sensitivity")
struct InfidelityTests {
  private let images = HostTensor<Float>([2, 2, 30, 31]) { Float(($0 * 37) % 101) / 101 - 0.3 }
  private let weights = HostTensor<Float>([2, 2 * 30 * 31]) { Float(($0 * 13) % 89) / 890 - 0.04 }

  private func gradients(
    _ targets: [Target], _ probe: Session
  ) async throws -> Subjects {
    let maker = Maker(try VanillaGradient(), at: [.image])
    let explanation = try await maker.explain(targets, with: probe)
    return Subjects(
      targets: targets, maps: explanation.maps, attributions: explanation.raw, maker: maker)
  }

  @Test("0 for a linear network with its gradient and noise")
  func linearNetwork() async throws {
    let probe = try await linearSession(images, weights: weights)
    let targets = [target(0), target(1, image: 1), target(1)]
    for scale in ["optimal", "none"] {
      let settings = ["perturb": "noise", "n": "7", "sigma": "0.3", "scale": scale]
      let found = try await Infidelity(settings: settings).measure(
        gradients(targets, probe), with: probe)
      #expect(found.allSatisfy { ($0.value ?? 1) < 1e-8 }, "\(found)")
      #expect(found.allSatisfy { abs(($0.part("beta") ?? 0) - 1) < 1e-3 })
    }
  }

  @Test("0 for a linear network with gradient x input and squares to zero")
  func squares() async throws {
    let probe = try await linearSession(images, weights: weights)
    let targets = [target(0), target(1, image: 1)]
    let maker = Maker(try GradientTimesInput(), at: [.image])
    let explanation = try await maker.explain(targets, with: probe)
    let own = Subjects(
      targets: targets, maps: explanation.maps, attributions: explanation.raw, maker: maker)
    let found = try await Infidelity(settings: ["scale": "none"]).measure(own, with: probe)
    #expect(found.allSatisfy { ($0.value ?? 1) < 1e-8 }, "\(found)")
  }

  @Test("the best factor makes it free of the map's scale and sign")
  func scale() async throws {
    let probe = try await linearSession(images, weights: weights)
    let map = HostTensor<Float>([1, 1, 30, 31]) { Float(($0 * 7) % 53) / 53 }
    let first = try await Infidelity().measure(subjects(map, [target(0)]), with: probe)[0]
    let value = try #require(first.value)
    let beta = try #require(first.part("beta"))
    #expect(value > 0)
    for factor: Float in [0.25, -3, 1000] {
      let other = HostTensor<Float>(map.shape) { map[$0] * factor }
      let found = try await Infidelity().measure(subjects(other, [target(0)]), with: probe)[0]
      #expect(abs((found.value ?? 0) - value) < 1e-6 * value)
      #expect(abs((found.part("beta") ?? 0) * Double(factor) - beta) < 1e-5 * abs(beta))
    }
  }

  @Test("it is the mean square of the falls less what the map foretells, by hand")
  func byHand() async throws {
    // 28 pixels a side: squares of 1 to 10.
    let images = HostTensor<Float>([1, 1, 28, 28]) { Float($0 % 28 + 1) / 28 }
    let weights = HostTensor<Float>([1, 784], filledWith: 0.5)
    let probe = try await linearSession(images, weights: weights)
    let map = HostTensor<Float>([1, 1, 28, 28], filledWith: 1)
    let found = try await Infidelity(settings: ["scale": "none", "n": "40"]).measure(
      subjects(map, [target(0)]), with: probe)[0]
    let philox = Philox(seed: 0)
    var sum = 0.0
    for square in 0..<40 {
      let draws = (0..<3).map { UInt64(3 * square + $0) }
      let side = 1 + Int(philox.integer(draws[0], below: 10, stream: .perturbations))
      let free = UInt32(28 - side + 1)
      let left = Int(philox.integer(draws[2], below: free, stream: .perturbations))
      let fall = (0..<side).reduce(0.0) { $0 + 0.5 * Double(left + $1 + 1) / 28 } * Double(side)
      sum += (Double(side * side) - fall) * (Double(side * side) - fall)
    }
    #expect(abs((found.value ?? 0) - sum / 40) < 1e-3)
    #expect(found.isDegenerate)
  }

  @Test("pairs of map and change that mean nothing are refused in one line")
  func obstacles() async throws {
    let probe = try await linearSession(images, weights: weights)
    let gradient = Maker(try VanillaGradient(), at: [.image])
    let squares = try Infidelity()
    let noise = try Infidelity(settings: ["preset": "captum"])
    #expect(squares.obstacle(gradient, in: probe.network)?.contains("perturb=noise") == true)
    #expect(squares.obstacle(nil, in: probe.network) == nil)
    #expect(noise.obstacle(gradient, in: probe.network) == nil)
    #expect(noise.obstacle(nil, in: probe.network)?.contains("perturb=square") == true)
    let centre = Maker(try CentreMap(), at: [.image])
    #expect(noise.obstacle(centre, in: probe.network)?.contains("centre") == true)
  }

  @Test("maps that stay the same have no sensitivity")
  func constantMethod() async throws {
    let probe = try await linearSession(images, weights: weights)
    let targets = [target(0), target(1, image: 1)]
    let maker = Maker(try CentreMap(), at: [.image])
    let explanation = try await maker.explain(targets, with: probe)
    let own = Subjects(targets: targets, maps: explanation.maps, maker: maker)
    for settings in [[:], ["denominator": "input"], ["denominator": "none", "map": "raw"]] {
      let found = try await MaxSensitivity(settings: settings).measure(own, with: probe)
      #expect(found.map(\.value) == [0, 0])
    }
  }

  @Test("sensitivity of gradient x input of a linear network, by hand")
  func sensitivityByHand() async throws {
    let probe = try await linearSession(images, weights: weights)
    let maker = Maker(try GradientTimesInput(settings: ["reduce": "sum"]), at: [.image])
    let explanation = try await maker.explain([target(1)], with: probe)
    let own = Subjects(targets: [target(1)], maps: explanation.maps, maker: maker)
    let settings = ["n": "3", "radius": "0.5"]
    let philox = Philox(seed: 0)
    let (plane, count) = (930, 1860)
    let map = (0..<plane).map { p in
      (0..<2).reduce(0.0) { $0 + Double(weights[count + $1 * plane + p] * images[$1 * plane + p]) }
    }
    let norm = map.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let changes = (0..<3).map { sample in
      (0..<plane).reduce(0.0) { sum, p in
        let change = (0..<2).reduce(0.0) { part, c in
          let element = UInt64(sample * count + c * plane + p)
          let moved = 0.5 * (2 * philox.uniform(element, stream: .moves) - 1)
          return part + Double(weights[count + c * plane + p]) * moved
        }
        return sum + change * change
      }.squareRoot()
    }
    let largest = try #require(changes.max())
    for (denominator, expected) in [("map", largest / norm), ("none", largest)] {
      let found = try await MaxSensitivity(
        settings: settings.merging(["denominator": denominator]) { $1 }
      ).measure(own, with: probe)
      #expect(abs((found[0].value ?? 0) - expected) < 1e-4 * expected)
    }
  }

  @Test("presets set the defaults of the others")
  func presets() throws {
    let quantus = try MaxSensitivity(settings: ["preset": "quantus", "n": "5"])
    let values = Dictionary(
      quantus.resolvedSettings.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    #expect(values["n"] == "5" && values["radius"] == "0.2" && values["denominator"] == "input")
    let captum = try Infidelity(settings: ["preset": "captum"])
    #expect(captum.resolvedSettings.contains { $0.name == "perturb" && $0.value == "noise" })
  }
}
