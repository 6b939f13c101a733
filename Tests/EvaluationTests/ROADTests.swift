import Evaluation
import Saliency
import Tensors
import Testing

@Suite("ROAD")
struct ROADTests {
  private let options = SessionOptions(scores: .raw)

  @Test("a constant image is not changed by removing pixels without noise")
  func constantImage() async throws {
    let images = HostTensor<Float>([1, 3, 12, 9], filledWith: 0.7)
    let weights = HostTensor<Float>([2, 324]) { Float(($0 * 13) % 31) / 31 - 0.4 }
    let probe = try await linearSession(images, weights: weights, options)
    let map = HostTensor<Float>([1, 1, 12, 9]) { Float(($0 * 7) % 19) }
    for select in ["rank", "threshold"] {
      let found = try await ROAD(settings: ["noise": "0", "select": select]).measure(
        subjects(map, [target(1)]), with: probe)
      #expect(found[0].curves.allSatisfy { $0.values.allSatisfy { abs($0) < 1e-5 } }, "\(found)")
      #expect(abs(found[0].value ?? 1) < 1e-5)
    }
  }

  @Test("so many pixels are removed in both orders, by hand")
  func counts() async throws {
    // Ten pixels, all 1, removed to 0: the score counts what is left.
    let images = HostTensor<Float>([1, 1, 2, 5], filledWith: 1)
    let weights = HostTensor<Float>([1, 10]) { $0 < 5 ? 1 : 10 }
    let probe = try await linearSession(images, weights: weights, options)
    // The first row is more important.
    let map = HostTensor<Float>([1, 1, 2, 5]) { $0 < 5 ? 10 - Float($0) : Float(9 - $0) / 10 }
    let settings = ["impute": "zero", "percentiles": "50,70,95"]
    let found = try await ROAD(settings: settings).measure(
      subjects(map, [target(0)]), with: probe)[0]
    #expect(found.curves.map(\.values) == [[-5, -3, -1], [-50, -30, -10]])
    #expect(found.part("morf") == -3 && found.part("lerf") == -30)
    #expect(found.value == -13.5)
  }

  @Test("equal pixels go in one random order in both directions, all of them by threshold")
  func ties() async throws {
    let images = HostTensor<Float>([1, 1, 4, 5], filledWith: 1)
    let weights = HostTensor<Float>([1, 20]) { Float($0) }
    let probe = try await linearSession(images, weights: weights, options)
    let map = HostTensor<Float>([1, 1, 4, 5], filledWith: 0.5)
    let drawn = try await ROAD(settings: ["impute": "zero"]).measure(
      subjects(map, [target(0)]), with: probe)[0]
    #expect(drawn.curves[0].values == drawn.curves[1].values)
    #expect(Set(drawn.curves[0].values).count == 4)
    // Not raster order, which would take 0 + 1 + 2 + 3 first.
    #expect(drawn.curves[0].values[3] != -6)
    #expect(drawn.isDegenerate)
    let all = try await ROAD(settings: ["impute": "zero", "select": "threshold"]).measure(
      subjects(map, [target(0)]), with: probe)[0]
    #expect(all.curves[0].values == [-190, -190, -190, -190])
    #expect(all.part("emptied") == 8 && all.reason?.contains("8 of 8 levels") == true)
    #expect(drawn.part("emptied") == 0 && drawn.reason == nil)
    let mostlyZero = HostTensor<Float>([1, 1, 4, 5]) { $0 == 7 ? 1 : 0 }
    let half = try await ROAD(settings: ["impute": "zero", "select": "threshold"]).measure(
      subjects(mostlyZero, [target(0)]), with: probe)[0]
    // The most important first takes all zeros with the one; the least important first takes them alone.
    #expect(half.part("emptied") == 4 && half.curves[1].values == [-183, -183, -183, -183])
  }

  @Test("numbers depend neither on the batch nor on the rows of a run")
  func batches() async throws {
    let images = HostTensor<Float>([2, 3, 8, 8]) { Float(($0 * 31) % 97) / 97 }
    let weights = HostTensor<Float>([2, 192]) { Float(($0 * 13) % 23) / 23 - 0.5 }
    let maps = HostTensor<Float>([2, 1, 8, 8]) { Float(($0 * 7) % 41) }
    let all = try await linearSession(images, weights: weights)
    let together = try await ROAD().measure(
      subjects(maps, [target(0), target(1, image: 1)]), with: all)
    for place in 0..<2 {
      let few = try await linearSession(
        images.rows(place..<place + 1), weights: weights, SessionOptions(rows: 3))
      let alone = try await ROAD().measure(
        subjects(maps.rows(place..<place + 1), [target(place)]), with: few)
      #expect(alone == [together[place]])
    }
    #expect(together[0].value != together[1].value)
  }
}
