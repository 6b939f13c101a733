import Execution
import Graphs
import Operators
import Tensors

/// XRAI: regions of the picture, ranked by how densely integrated gradients fill them.
///
/// a = max_c mean_b IG(x; b)[c] over two baselines; segments of the picture at six scales, grown by
/// a disc; the segment that adds the densest attribution is added first, and its pixels get that
/// density — Kapishnikov, Bolukbasi, Viégas, Terry, XRAI: Better Attributions Through Regions, 2019.
///
/// Integrated gradients run on the device. Segments and growth are sequential decisions over
/// pixels, so they run on the host: attribution and picture are read back once, and the finished
/// maps are put on the device again. The picture is the normalised tensor itself, stretched to
/// [-1, 1], as in the authors' code: no colour is undone.
public struct XRAI: Explainer {
  /// How regions are chosen.
  public enum Algorithm: String, Sendable, Hashable, CaseIterable {
    /// The densest addition to what is covered, again and again.
    case full
    /// In the order of whole segments' densities, which are taken once.
    case fast
  }

  /// Where the paths of integrated gradients begin.
  public enum Baselines: String, Sendable, Hashable, CaseIterable {
    /// The smallest and the largest number of the normalised image, everywhere.
    case range = "min-max"
    /// Black and white pixels.
    case blackWhite = "black-white"
  }

  /// The method's name on the command line.
  public static let name = "xrai"

  /// Kapishnikov and others, 2019.
  public static let citation = Citation(
    paper: "A. Kapishnikov, T. Bolukbasi, F. Viegas, M. Terry, XRAI: Better Attributions Through"
      + " Regions, ICCV 2019, arXiv 1906.02825",
    equations: [
      "IG(x; b) = (x - b) * 1/m * sum_k dy/dx at b + k/(m-1) * (x - b),  k = 0..m-1",
      "a = max_c mean_b IG(x; b)[c]",
      "segments: Felzenszwalb at scales 50, 100, 150, 250, 500, 1200, sigma 0.8, grown by a disc",
      "gain(s) = mean of a over s \\ covered;  S = gain on what the best segment adds; repeat",
    ],
    deviations: [
      "the paper's baselines are black and white; the authors' code takes the smallest and the"
        + " largest number of the tensor (default)",
      "the paper's smallest segment has 20 pixels, the code's 150 (default)",
      "the code leaves out segments that add fewer than 50 pixels (min-diff); the paper does not",
      "pictures of another size are segmented at 224x224, resized bilinearly; the code takes a"
        + " cubic spline",
      "edges of equal weight keep their order; the code's sort does not promise one",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    .words("algorithm", Algorithm.self, "how regions are chosen"),
    Setting("area", default: "1.0", .number(0...1), "part of the picture to cover (full only)"),
    Setting(
      "min-size", default: "150", .integer(1...50_176),
      "pixels of the smallest segment, of 224x224 (paper: 20)"),
    Setting("dilate", default: "5", .integer(0...64), "radius by which segments grow, in pixels"),
    Setting(
      "min-diff", default: "50", .integer(1...50_176), "pixels that a segment must add to count"),
    .words("baseline", Baselines.self, "where integration begins"),
    Setting("steps", default: "100", .integer(2...10_000), "steps of integration, each baseline"),
  ]

  private let chosen: Settings
  let segments: PictureSegments
  private let growth: RegionGrowth

  /// XRAI with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.name)
    segments = PictureSegments(
      minimumSize: chosen.integer("min-size"), dilation: chosen.integer("dilate"))
    growth = RegionGrowth(
      area: chosen.number("area"), fewestPixels: chosen.integer("min-diff"))
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// Attribution is taken at the image.
  public var readsLayer: Bool { false }

  /// Densities of segments, with any zero.
  public var evidenceRange: EvidenceRange { .span }

  /// The steps of both baselines, and the clean image, which says what is explained.
  public func needs(_ network: Graph) -> Needs {
    Needs(passes: Passes(forwards: 2 * steps + 1, backwards: 2 * steps))
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let attribution = try await attribution(targets, with: probe)
    let values = try await engine { () async throws(BackendError) in
      try await attribution.map.download()
    }
    let pictures = try await engine { () async throws(BackendError) in
      try await probe.images.download()
    }
    let (height, width) = (pictures.shape[2], pictures.shape[3])
    var masks: [Int: [[Int32]]] = [:]
    var maps: [Float] = []
    for (row, target) in targets.enumerated() {
      try checkCancellation()
      let picture = pictures.rows(target.image..<target.image + 1)
      let known = masks[target.image] ?? segments.masks(of: picture)
      masks[target.image] = known
      maps += map(values.rows(row..<row + 1).elements, known)
    }
    let finished = try await probe.upload(HostTensor([targets.count, 1, height, width], maps))
    let ends = try await probe.compute([finished]) { (builder, inputs) throws(GraphError) in
      [try builder.range(of: inputs[0])]
    }
    let isResized = (height, width) != (PictureSegments.side, PictureSegments.side)
    let notes = targets.indices.map { Note(target: $0, "the picture was segmented at 224x224") }
    return Explanation(
      maps: finished, ranges: ends[0], extremes: ends[0],
      checks: attribution.checks,
      emptyReasons: EmptyReasons(
        nowherePositive: "integrated gradients are zero everywhere: the target does not depend on"
          + " the image between the baselines and it; try another target or baseline",
        constant: "integrated gradients are zero everywhere; try another baseline"),
      notes: isResized ? notes : [],
      passes: targets.map { _ in Passes(forwards: 2 * steps + 1, backwards: 2 * steps) })
  }

  private var steps: Int { chosen.integer("steps") }

  private func map(_ attribution: [Float], _ masks: [[Int32]]) -> [Float] {
    // What is not finite is reported by its check; no region means anything then.
    guard attribution.allSatisfy(\.isFinite) else {
      return [Float](repeating: 0, count: attribution.count)
    }
    switch chosen.choice("algorithm", as: Algorithm.self) {
    case .full: return growth.full(attribution, masks).map
    case .fast: return growth.fast(attribution, masks).map
    }
  }

  /// a, `[T, 1, H, W]`: the largest channel of the mean over both baselines.
  private func attribution(
    _ targets: [Target], with probe: some Probe
  ) async throws(ExplanationError) -> (
    map: any ResidentTensor, checks: [(name: String, sums: any ResidentTensor)]
  ) {
    let clean = try await probe.evidence(Query(targets: targets))
    let images = try await probe.take(targets.map(\.image), of: probe.images)
    let baselines = try await levels(images, probe)
    var parts: [any ResidentTensor] = []
    for baseline in baselines {
      let path = StraightPath(images: images, baseline: baseline, steps: steps)
      parts.append(try await path.integral(targets, seeds: clean.seeds, with: probe))
    }
    let results = try await probe.compute([parts[0], parts[1], clean.outputs]) {
      (builder, inputs) throws(GraphError) in
      let sum = try builder.add(Add(), [inputs[0], inputs[1]])
      let mean = try builder.add(Multiply(), [sum, builder.constant(0.5)])
      let largest = try builder.add(ReduceMax(axes: [1], keepsAxes: true), [mean])
      return [largest, try builder.finiteCheck(inputs[2]), try builder.finiteCheck(mean)]
    }
    return (results[0], [("logits", results[1]), ("integrated gradients", results[2])])
  }

  /// Both baselines as levels that broadcast, `[T, 1, 1, 1]` or `[T, C, 1, 1]`.
  private func levels(
    _ images: any ResidentTensor, _ probe: some Probe
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    let baselines: Baselines = chosen.choice("baseline")
    let (black, white) = (probe.blackLevel, probe.whiteLevel)
    return try await probe.compute([images]) { (builder, inputs) throws(GraphError) in
      let low = try builder.add(ReduceMin(axes: [1, 2, 3], keepsAxes: true), inputs)
      if baselines == .range {
        return [low, try builder.add(ReduceMax(axes: [1, 2, 3], keepsAxes: true), inputs)]
      }
      let zero = try builder.add(Multiply(), [low, builder.constant(0)])
      return try [black, white].map { level throws(GraphError) in
        try builder.add(
          Add(), [zero, builder.constant(HostTensor([1, level.count, 1, 1], level))])
      }
    }
  }
}
