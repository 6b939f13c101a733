import Evaluation
import FoundationEssentials
import Imaging
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// What scipy, scikit-image, scikit-learn and pycocotools make of the same masks and maps.
@Suite("Regions and similarities are those of published packages")
struct RegionFixtureTests {
  @Test("48 polygons have the pixels of pycocotools, and its run lengths are read")
  func polygonsAndRuns() throws {
    let cases = try RegionFixture.load().masks
    for known in cases {
      let (width, height) = (known.width, known.height)
      let mask = try Outline.polygons([known.polygon]).mask(width: width, height: height)
      let runs = try RunLengths.mask(known.runs, width: width, height: height)
      #expect(mask == runs, "\(width)x\(height) \(known.polygon)")
      #expect(try RunLengths.lengths(in: known.text) == known.runs)
    }
    #expect(cases.count == 48)
  }

  @Test("rank correlation, SSIM and HOG of 8 pairs of maps")
  func similarities() throws {
    let cases = try RegionFixture.load().similarities
    // scikit-image adds up its histograms in single precision.
    var (worst, worstHistogram) = (0.0, 0.0)
    for known in cases {
      let first = known.field(known.seeds[0])
      let noise = known.field(known.seeds[1])
      let second = known.mixed ? zip(first, noise).map { 0.7 * $0 + 0.3 * $1 } : noise
      let (a, b) = (RegionFixture.unit(first), RegionFixture.unit(second))
      let vector = try #require(OrientedGradients.vector(of: a, width: known.width))
      #expect(vector.count == known.hogCount)
      let pairs = [
        (RankCorrelation.spearman(first, second), known.spearman),
        (StructuralSimilarity.value(a, b, width: known.width), known.ssim1),
        (StructuralSimilarity.value(a, b, width: known.width, range: 2), known.ssim2),
      ]
      for (found, truth) in pairs { worst = max(worst, difference(found, truth)) }
      let likeness = OrientedGradients.similarity(a, b, width: known.width)
      worstHistogram = max(
        worstHistogram, difference(likeness, known.hog),
        difference(vector.reduce(0, +) / known.hogSum, 1))
    }
    TableLine.say("sanity-check spearman, ssim", "", "scipy, scikit-image", worst, 3 * cases.count)
    TableLine.say("sanity-check hog", "", "scikit-image", worstHistogram, 2 * cases.count)
    #expect(cases.count == 8 && worst < 1e-9 && worstHistogram < 1e-5)
  }

  @Test("24 maps over pictures: pointing, energy, localisation, segmentation")
  func judgedMaps() async throws {
    let cases = try RegionFixture.load().judged
    let probe = try await linearSession(
      HostTensor([1, 1, 1, 2], filledWith: 0), weights: HostTensor([2, 2], filledWith: 1))
    // Pixels that are equal but for rounding are ranked here and there in another order.
    var (worstHit, worstEnergy, worstOverlap) = (0.0, 0.0, 0.0)
    var (worstCount, worstPrecision) = (0.0, 0.0)
    for (number, known) in cases.enumerated() {
      let subjects = try await known.subjects()
      let labelled = try await known.subjects(withCrowd: true)
      let measure = { (metric: any Metric) async throws -> Evaluation.Measurement in
        let all = metric is any SegmentationMetric ? labelled : subjects
        return try #require(try await metric.measure(all, with: probe).first)
      }
      for (tolerance, isHit) in known.hits {
        let found = try await measure(Pointing(settings: ["tol": tolerance, "region": "box"]))
        worstHit = max(worstHit, difference(found.value, isHit ? 1 : 0))
        #expect(found.value == (isHit ? 1 : 0), "\(number), tolerance \(tolerance)")
        #expect(found.part("column") == Double(known.point[0]))
        #expect(found.part("row") == Double(known.point[1]))
      }
      for (bug, truth) in [("false", known.energy), ("true", known.bug)] {
        let found = try await measure(Energy(settings: ["bug": bug]))
        worstEnergy = max(worstEnergy, difference(found.value, truth))
      }
      for (neighbours, truth) in known.found {
        let found = try await measure(
          Localisation(settings: ["threshold": "0.6", "conn": neighbours]))
        #expect(found.value == (truth.iou >= 0.5 ? 0 : 1))
        #expect(
          ["left", "top", "right", "bottom"].map { found.part($0) } == truth.box.map(Double.init))
        worstOverlap = max(worstOverlap, difference(found.part("iou"), truth.iou))
      }
      let counts = try await measure(Segmentation())
      var expected = [("labelled", known.labelled), ("correct", known.correct)]
      for (place, side) in ["background", "foreground"].enumerated() {
        expected += [("\(side)-both", known.both[place]), ("\(side)-union", known.union[place])]
      }
      for (name, truth) in expected {
        worstCount = max(worstCount, difference(counts.part(name), Double(truth)))
      }
      for (way, truth) in [("mean", known.ap), ("pooled", known.pooled)] {
        let found = try await measure(SegmentationPrecision(settings: ["ap": way]))
        worstPrecision = max(worstPrecision, difference(found.value, truth))
      }
    }
    let rule = "TorchRay's rule by scipy"
    TableLine.say("pointing", "tol, region=box", rule, worstHit, 3 * cases.count)
    TableLine.say("energy", "bug", "NumPy", worstEnergy, 2 * cases.count)
    TableLine.say("localisation", "conn, IoU", "scikit-image", worstOverlap, 2 * cases.count)
    TableLine.say("segmentation, -accuracy", "counts", "NumPy", worstCount, 6 * cases.count)
    TableLine.say("segmentation-ap", "ap", "scikit-learn", worstPrecision, 2 * cases.count)
    #expect(cases.count == 24 && max(worstHit, worstEnergy, worstOverlap, worstCount) < 1e-9)
    #expect(worstPrecision < 1e-4)
  }
}

/// The recorded truth, `Tests/Fixtures/evaluation/regions.json`.
struct RegionFixture: Decodable {
  struct Mask: Decodable {
    let width: Int
    let height: Int
    let polygon: [Double]
    let runs: [Int]
    let text: String
  }

  struct Similarity: Decodable {
    let height: Int
    let width: Int
    let seeds: [UInt64]
    let steps: Int
    let mixed: Bool
    let spearman: Double
    let ssim1: Double
    let ssim2: Double
    let hog: Double
    let hogSum: Double
    let hogCount: Int

    /// Noise over a slope, the same as that of the script.
    func field(_ seed: UInt64) -> [Double] {
      var state = seed
      return (0..<height * width).map { place in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let (row, column) = (place / width, place % width)
        let value =
          0.5 * (Double(state >> 40) * 0x1p-24) + 0.25 * Double(row) / Double(height) + 0.25
          * Double(column * 3 / width % 2)
        return steps > 0 ? (value * Double(steps)).rounded(.down) / Double(steps) : value
      }
    }
  }

  struct Judged: Decodable {
    struct Found: Decodable {
      let box: [Int]
      let iou: Double
    }

    let height: Int
    let width: Int
    let map: [Float]
    let side: Int
    let covered: [Double]
    let boxes: [[Int]]
    let crowd: [Int]?
    let point: [Int]
    let hits: [String: Bool]
    let energy: Double
    let bug: Double
    let found: [String: Found]
    let both: [Int]
    let union: [Int]
    let correct: Int
    let labelled: Int
    let ap: Double
    let pooled: Double

    /// The map with its boxes; what the script ignores is a crowd of a class that pointing and
    /// energy do not see.
    func subjects(withCrowd: Bool = false) async throws -> Subjects {
      var objects = boxes.map { box in
        RegionObject(
          classIndex: 0, word: "thing",
          box: RegionBox(left: box[0], top: box[1], right: box[2], bottom: box[3]))
      }
      if withCrowd, let crowd {
        // A mask without a box: boxes alone are what the other metrics are asked for.
        let before = crowd[0] * height
        let runs = (0..<width - crowd[0]).flatMap { _ in [crowd[1], height - crowd[1]] }
        let joined = [before + runs[0]] + runs.dropFirst()
        objects.append(
          RegionObject(
            classIndex: 0, word: "thing", outline: .runs(joined, width: width, height: height),
            isCrowd: true))
      }
      let picture = SubjectPicture(
        regions: PictureRegions(width: width, height: height, objects: objects),
        covered: Region(x: covered[0], y: covered[1], width: covered[2], height: covered[3]),
        classIndex: 0)
      return try await Subjects(
        targets: [target(0)],
        maps: ReferenceBackend().upload(HostTensor([1, 1, side, side], map)), pictures: [picture])
    }
  }

  let masks: [Mask]
  let similarities: [Similarity]
  let judged: [Judged]
  let intervals: [KnownInterval]

  struct KnownInterval: Decodable {
    let values: [Double]
    let repetitions: Int
    let level: Double
    let seed: UInt64
    let low: Double
    let high: Double
  }

  static func load() throws -> RegionFixture {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/evaluation/regions.json")
    return try JSONDecoder().decode(RegionFixture.self, from: Data(contentsOf: file))
  }

  static func unit(_ values: [Double]) -> [Double] {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    return values.map { high > low ? ($0 - low) / (high - low) : 0 }
  }
}
