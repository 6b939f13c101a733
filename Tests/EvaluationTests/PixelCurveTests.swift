import Evaluation
import Saliency
import Tensors
import Testing

@Suite("Insertion and deletion")
struct PixelCurveTests {
  /// Ten by ten pixels of one colour, x = 1 + place / 100, and a logit that adds them up.
  private let images = HostTensor<Float>([1, 1, 10, 10]) { 1 + Float($0) / 100 }
  private let weights = HostTensor<Float>([2, 100]) { $0 < 100 ? 1 : 0 }
  private let settings = ["step": "paper", "ins": "blur-rise"]

  private func raw() -> SessionOptions { SessionOptions(scores: .raw) }

  @Test("deletion of a sum of pixels, by hand")
  func deletionByHand() async throws {
    let probe = try await linearSession(images, weights: weights, raw())
    // The last pixel is the most important, the first one the least.
    let map = HostTensor<Float>([1, 1, 10, 10]) { Float($0) }
    let found = try await Deletion(settings: settings).measure(
      subjects(map, [target(0)]), with: probe)
    var (left, curve) = (images.elements.reduce(0) { $0 + Double($1) }, [Double]())
    for step in 0...100 {
      curve.append(left)
      if step < 100 { left -= Double(images[99 - step]) }
    }
    let area = (curve.reduce(0, +) - curve[0] / 2 - curve[100] / 2) / 100
    #expect(found[0].curves.map(\.name) == ["deletion"])
    #expect(zip(found[0].curves[0].values, curve).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(abs(try #require(found[0].value) - area) < 1e-4)
    #expect(!found[0].isDegenerate)
  }

  @Test(
    "the ends of both curves are the scores of the two end images",
    arguments: [
      "paper", "448", "1792", "224",
    ])
  func ends(step: String) async throws {
    let images = HostTensor<Float>([2, 2, 28, 28]) { Float($0 % 17) / 17 - 0.4 }
    let weights = HostTensor<Float>([3, 2 * 28 * 28]) { Float($0 % 29) / 290 - 0.05 }
    let probe = try await linearSession(images, weights: weights)
    let targets = [target(1, image: 1), target(0), target(2, image: 1)]
    let map = HostTensor<Float>([3, 1, 28, 28]) { Float(($0 * 37) % 101) }
    let subjects = try await subjects(map, targets)
    let found = try await OverAll(settings: ["step": step]).measure(subjects, with: probe)
    let views = try await probe.views(for: targets, activations: [])
    let clean = try await probe.scores(of: views, targets).download()
    func score(_ baseline: Baseline) async throws -> HostTensor<Float> {
      let nothing = try await probe.upload(HostTensor([3, 1, 784], filledWith: 0))
      return try await probe.scores(
        under: MaskField(geometry: .dense(nothing), count: 1),
        baseline: try await baseline.images(of: probe), targets, seeds: views.seeds
      ).download()
    }
    let (zero, blur) = (try await score(Baseline(.zero)), try await score(Baseline(.blur)))
    for target in 0..<3 {
      let (rise, fall) = (found[target].curves[0].values, found[target].curves[1].values)
      #expect(fall.first == Double(clean[target]) && rise.last == Double(clean[target]))
      #expect(fall.last == Double(zero[target]) && rise.first == Double(blur[target]))
      let size = Int(step) ?? 8
      #expect(rise.count == (step == "paper" ? 101 : (784 + size - 1) / size + 1))
      let parts = try #require(found[target].part("insertion"))
      #expect(found[target].value == parts - (found[target].part("deletion") ?? 0))
    }
  }

  @Test("a constant score has its value as area")
  func constantScore() async throws {
    let weights = HostTensor<Float>([4, 100], filledWith: 0)
    let probe = try await linearSession(images, weights: weights)
    let map = HostTensor<Float>([1, 1, 10, 10]) { Float($0 % 7) }
    for metric: any Metric in [
      try Deletion(settings: settings), try Insertion(settings: settings),
    ] {
      let found = try await metric.measure(subjects(map, [target(2)]), with: probe)
      #expect(abs((found[0].value ?? 0) - 0.25) < 1e-12)
    }
  }

  @Test("pixels that tie go in raster order, and a constant map is counted as such")
  func ties() async throws {
    let probe = try await linearSession(images, weights: weights, raw())
    let raster = HostTensor<Float>([1, 1, 10, 10]) { -Float($0) }
    let constant = HostTensor<Float>([1, 1, 10, 10], filledWith: 0.25)
    let metric = try Deletion(settings: settings)
    let first = try await metric.measure(subjects(raster, [target(0)]), with: probe)
    let second = try await metric.measure(subjects(constant, [target(0)]), with: probe)
    #expect(first[0].curves == second[0].curves)
    #expect(!first[0].isDegenerate && second[0].isDegenerate)
  }

  @Test("numbers depend neither on the batch nor on the rows of a run")
  func batches() async throws {
    let images = HostTensor<Float>([3, 1, 10, 10]) { Float(($0 * 31) % 97) / 97 }
    let weights = HostTensor<Float>([2, 100]) { Float(($0 * 13) % 23) / 23 - 0.5 }
    let maps = HostTensor<Float>([3, 1, 10, 10]) { Float(($0 * 7) % 41) }
    let all = try await linearSession(images, weights: weights)
    let targets = (0..<3).map { target($0 % 2, image: $0) }
    let metric = try OverAll(settings: settings)
    let together = try await metric.measure(subjects(maps, targets), with: all)
    for place in 0..<3 {
      let few = try await linearSession(
        images.rows(place..<place + 1), weights: weights, SessionOptions(rows: 7))
      let alone = try await metric.measure(
        subjects(maps.rows(place..<place + 1), [target(place % 2)]), with: few)
      #expect(alone == [together[place]])
    }
  }

  @Test("metrics that read the same curves make them once")
  func sharing() async throws {
    let probe = try await linearSession(images, weights: weights)
    let map = HostTensor<Float>([1, 1, 10, 10]) { Float($0 % 7) }
    let subjects = try await subjects(map, [target(0)])
    for metric: any Metric in [
      try OverAll(settings: settings), try Insertion(settings: settings),
      try Deletion(settings: settings),
    ] { _ = try await metric.measure(subjects, with: probe) }
    #expect(await probe.statistics.maskedRows == 202)
  }

  @Test("the steps of all images fill runs to their capacity")
  func packing() async throws {
    let images = HostTensor<Float>([3, 1, 10, 10]) { Float(($0 * 31) % 97) / 97 }
    let probe = try await linearSession(images, weights: weights, SessionOptions(rows: 7))
    let maps = HostTensor<Float>([3, 1, 10, 10]) { Float(($0 * 7) % 41) }
    _ = try await Deletion(settings: settings).measure(
      subjects(maps, (0..<3).map { target(0, image: $0) }), with: probe)
    let statistics = await probe.statistics
    #expect(statistics.maskedRows == 3 * 101)
    // Fifteen for each image alone would be 45.
    #expect(statistics.maskedRuns == 44)
  }

  @Test("images that are too small for the blur are refused in one line")
  func smallImages() async throws {
    let probe = try await linearSession(images, weights: weights)
    let metric = try Insertion()
    let line = try #require(metric.obstacle(nil, in: probe.network))
    #expect(line.contains("larger than 25x25") && line.contains("ins=blur-rise"))
    #expect(try Insertion(settings: settings).obstacle(nil, in: probe.network) == nil)
    #expect(try Deletion().obstacle(nil, in: probe.network) == nil)
    #expect(try Deletion(settings: ["del": "blur"]).obstacle(nil, in: probe.network) != nil)
  }
}
