import Evaluation
import Saliency
import Tensors
import Testing

@Suite("Average drop, increase, win, coherency, ADCC")
struct ConfidenceTests {
  /// Four pixels, and a logit that weighs them 1, 2, 3 and −4.
  private let images = HostTensor<Float>([1, 1, 2, 2], [4, 3, 2, 1])
  private let weights = HostTensor<Float>([1, 4], [1, 2, 3, -4])
  private let maps = HostTensor<Float>([3, 1, 2, 2], [0, 1, 2, 0, 2, 2, 2, 0, 7, 7, 7, 7])
  private let options = SessionOptions(scores: .raw)

  @Test("drop and increase, by hand")
  func byHand() async throws {
    let probe = try await linearSession(images, weights: weights, options)
    let all = try await subjects(maps, [target(0), target(0), target(0)])
    // Clean: 4 + 6 + 6 − 4 = 12. Seen: 0.5·6 + 6 = 9; 4 + 6 + 6 = 16; nothing.
    let drops = try await AverageDrop().measure(all, with: probe)
    #expect(drops.map(\.value) == [25, 0, 100])
    #expect(drops.map { $0.part("seen") } == [9, 16, 0])
    #expect(drops.map(\.isDegenerate) == [false, false, true])
    #expect(try AverageDrop().summary(of: drops) == 125.0 / 3)
    let rises = try await Increase().measure(all, with: probe)
    #expect(rises.map(\.value) == [0, 100, 0])
    let library = try await AverageDrop(settings: ["library": "true"]).measure(all, with: probe)
    #expect(library.map(\.value) == [3, 0, 12])
    // Half of the pixels: the two highest, ties in raster order.
    let half = try await AverageDrop(settings: ["keep": "0.5"]).measure(all, with: probe)
    #expect(half.map { $0.part("seen") } == [9, 10, 0])
  }

  @Test("a clean score that is not positive has no share")
  func negativeScore() async throws {
    let below = HostTensor<Float>([1, 4], [-1, -1, 0, 0])
    let probe = try await linearSession(images, weights: below, options)
    let one = try await subjects(maps.rows(0..<1), [target(0)])
    let found = try await AverageDrop().measure(one, with: probe)
    #expect(found[0].value == nil)
    #expect(found[0].reason?.contains("library=true") == true)
    let none = HostTensor<Float>([1, 4], filledWith: 0)
    let nothing = try await AverageDrop().measure(
      subjects(maps.rows(0..<1), [target(0)]),
      with: try await linearSession(images, weights: none, options))
    #expect(nothing[0].value == 0)
  }

  @Test("who drops least wins; of two equals nobody does, and one alone has no value")
  func wins() async throws {
    func drops(_ values: [Double]) -> [Measurement] {
      values.map { Measurement(nil, reason: "open", parts: [.init("drop", $0)]) }
    }
    let metric = try Win()
    let methods = [drops([0.1, 0.2, 0.3]), drops([0.2, 0.2, 0.1]), drops([0.4, 0.5, 0.2])]
    let decided = metric.compared(methods)
    #expect(decided.map { $0.map(\.value) } == [[100, 0, 0], [0, 0, 100], [0, 0, 0]])
    #expect(decided[0].allSatisfy { $0.reason == nil })
    #expect(metric.compared([methods[0]]) == [methods[0]])
    #expect(metric.summary(of: methods[0]) == nil)
    let probe = try await linearSession(images, weights: weights, options)
    let open = try await metric.measure(
      subjects(maps, [target(0), target(0), target(0)]), with: probe)
    #expect(open.map { $0.part("drop") } == [0.25, 0, 1])
    #expect(open.allSatisfy { $0.value == nil })
  }

  @Test("a map that does not change with the image is coherent, a constant one is not")
  func coherency() async throws {
    let images = HostTensor<Float>([2, 1, 6, 5]) { Float($0 % 11) / 11 + 0.1 }
    let probe = try await linearSession(
      images, weights: HostTensor([2, 30]) { Float($0 % 7) / 70 })
    let targets = [target(0), target(1, image: 1)]
    let maker = Maker(try CentreMap(), at: [.image])
    let centre = try await maker.explain(targets, with: probe)
    let own = Subjects(targets: targets, maps: centre.maps, maker: maker)
    let found = try await Coherency().measure(own, with: probe)
    #expect(found.allSatisfy { abs(($0.value ?? 0) - 1) < 1e-12 })
    let constant = try await subjects(
      HostTensor([2, 1, 6, 5], filledWith: 1), targets, maker: maker)
    let none = try await Coherency().measure(constant, with: probe)
    #expect(none.map(\.value) == [0, 0])
    #expect(none.allSatisfy { $0.isDegenerate && $0.reason != nil })
    // Where the second map alone is constant, the one that is measured says something all the same.
    let even = try await linearSession(images, weights: HostTensor([2, 30], filledWith: 0.1))
    let gradient = Maker(try VanillaGradient(), at: [.image])
    let ramp = try await subjects(
      HostTensor([2, 1, 6, 5]) { Float($0) }, targets, maker: gradient)
    let lost = try await Coherency().measure(ramp, with: even)
    #expect(lost.allSatisfy { $0.value == 0 && !$0.isDegenerate && $0.reason != nil })
    await #expect(throws: ExplanationError.self) {
      _ = try await Coherency().measure(
        subjects(HostTensor([2, 1, 6, 5], filledWith: 1), targets), with: probe)
    }
  }

  @Test("a random map is no map of itself, whatever the picture")
  func randomMaps() async throws {
    // Flat and bright, flat and dark, rising, and of both signs.
    let images = HostTensor<Float>([4, 1, 28, 28]) { place in
      let (image, pixel) = (place / 784, place % 784)
      return [0.5, -0.5, 1 + Float(pixel) / 784, Float(pixel * 37 % 101) / 50 - 1][image]
    }
    let probe = try await linearSession(
      images, weights: HostTensor([2, 784]) { Float($0 % 7) / 70 })
    let targets = (0..<4).map { target(0, image: $0) }
    for settings in [[:], ["cells": "7"]] {
      let maker = Maker(try RandomMap(settings: settings), at: [.image])
      let first = try await maker.explain(targets, with: probe)
      let found = try await Coherency().measure(
        Subjects(targets: targets, maps: first.maps, maker: maker), with: probe)
      // Pearson's correlation of n independent numbers is about 0, give or take 1/sqrt(n).
      let reach = settings.isEmpty ? 0.1 : 0.4
      #expect(found.allSatisfy { abs(($0.value ?? 1) - 0.5) < reach }, "\(found.map(\.value))")
    }
  }

  @Test("a class chosen by its place keeps it in changed images")
  func classIsKept() async throws {
    // Through its map the image is of the other class, whose gradient is another.
    let images = HostTensor<Float>([1, 1, 1, 2], [3, 2])
    let weights = HostTensor<Float>([2, 2], [1, 0, 0, 1])
    let probe = try await linearSession(images, weights: weights)
    let top = Target(image: 0, choice: .top(1))
    let maker = Maker(try VanillaGradient(), at: [.image])
    let map = HostTensor<Float>([1, 1, 1, 2], [0, 1])
    let found = try await Coherency().measure(
      subjects(map, [top], maker: maker), with: probe)
    // The gradient of class 0 is (1, 0) everywhere: the reverse of the map that was handed over.
    #expect(found[0].value == 0)
    #expect(found[0].isDegenerate == false)
  }

  @Test("ADCC of images and of the data set")
  func adcc() async throws {
    func measurement(_ coherency: Double, _ complexity: Double, _ drop: Double) -> Measurement {
      let value = 3 / (1 / coherency + 1 / (1 - complexity) + 1 / (1 - drop))
      return Measurement(
        value,
        parts: [
          .init("coherency", coherency), .init("complexity", complexity), .init("drop", drop),
        ])
    }
    let two = [measurement(0.9, 0.3, 0.2), measurement(0.5, 0.1, 0.6)]
    let image = try #require(try ADCC().summary(of: two))
    let expected = two.compactMap(\.value).reduce(0, +) / 2
    #expect(abs(image - expected) < 1e-12)
    let whole = try #require(try ADCC(settings: ["average": "dataset"]).summary(of: two))
    #expect(abs(whole - 3 / (1 / 0.7 + 1 / 0.8 + 1 / 0.6)) < 1e-12)
    #expect(try ADCC().summary(of: [Measurement(nil, reason: "none")]) == nil)
    // A map that loses the whole score has none.
    let probe = try await linearSession(images, weights: weights, options)
    let maker = Maker(try CentreMap(), at: [.image])
    let found = try await ADCC().measure(
      subjects(maps.rows(2..<3), [target(0)], maker: maker), with: probe)
    #expect(found[0].value == 0)
    #expect(found[0].isDegenerate)
  }
}
