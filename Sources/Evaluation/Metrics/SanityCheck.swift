import Execution
import Graphs
import Imaging
import Saliency
import Tensors

/// Sanity checks: how alike maps of the trained network and of one with random weights are.
///
/// J. Adebayo and others, Sanity Checks for Saliency Maps, 2018. A map that stays the same where the
/// weights are lost explains the image and not the network.
public struct SanityCheck: Metric {
  /// The metric's name on the command line.
  public static let name = "sanity-check"

  /// Adebayo and others, 2018.
  public static let citation = Citation(
    paper: "J. Adebayo, J. Gilmer, M. Muelly, I. Goodfellow, M. Hardt, B. Kim, Sanity Checks for"
      + " Saliency Maps, NeurIPS 2018, arXiv 1810.03292",
    equations: [
      "cascading: step k has the last k layers drawn anew; independent: layer k alone",
      "weights and biases uniform in (-1/sqrt(fan_in), 1/sqrt(fan_in)); batch-norm 1 and 0,"
        + " statistics kept",
      "similarity of the trained network's map and that of the step, for the same class:",
      "Spearman of |S| and of S, SSIM and Spearman of HOG of min-maxed maps",
      "value = similarity at the last step; independent: its mean over the steps",
    ],
    deviations: [
      "the paper draws each weight as its own layer was initialised",
      "an old scikit-image took 2 for the range of SSIM: ssim-range=2",
      "Group-CAM's repository draws convolutions alone: layers=conv",
      "maps with colours: magnitudes up to their 99th percentile, and signed values likewise",
    ])

  /// What can be set.
  public static let settings = [
    Setting("mode", default: "cascading", .choice(["cascading", "independent"]), "what is lost"),
    Setting("layers", default: "all", .choice(["all", "conv"]), "which layers are drawn anew"),
    Setting.words("similarity", Similarity.self, "which similarity is the value"),
    Setting("ssim-range", default: "1", .choice(["1", "2"]), "the range of SSIM"),
  ]

  /// Maps should not stay alike.
  public static let direction = MetricDirection.lower

  /// The network, and the method to run again.
  public static let needs: MetricNeeds = [.network, .method]

  /// How two maps are compared.
  public enum Similarity: String, Sendable, Hashable, CaseIterable {
    /// Spearman's correlation of magnitudes.
    case spearman
    /// Spearman's correlation of signed values.
    case signed
    /// Structural similarity.
    case ssim
    /// Spearman's correlation of histograms of oriented gradients.
    case hog
  }

  private let values: Settings

  /// The metric.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    values = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { values.resolved }

  /// An explanation for each step.
  public func cost(_ network: Graph) -> MetricCost {
    MetricCost(explanations: places(RandomWeights(network)).count + 1)
  }

  /// A network without weights has nothing to lose.
  public func obstacle(_ maker: Maker?, in network: Graph) -> String? {
    guard places(RandomWeights(network)).isEmpty else { return nil }
    return "sanity-check draws the weights of layers anew, and this network has none"
  }

  /// The similarity at the last step, with a curve for each kind.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    guard let maker = subjects.maker else {
      return subjects.targets.map { _ in Measurement(nil, reason: "its method is not known") }
    }
    let weights = RandomWeights(probe.network)
    let trained = try await Self.maps(maker, subjects.targets, probe)
    let empty = try await subjects.degenerate()
    var steps = [[[Similarity: Double]]](repeating: [], count: subjects.targets.count)
    var lost: [ParameterName: HostTensor<Float>] = [:]
    let isCascade = values.text("mode") == "cascading"
    for place in places(weights) {
      try checkCancellation()
      let drawn = weights.drawn(place, seed: probe.seed)
      lost = isCascade ? lost.merging(drawn) { $1 } : drawn
      let maps = try await Self.maps(maker, subjects.targets, probe.replacing(lost))
      for target in subjects.targets.indices {
        steps[target].append(similarities(trained, maps, target))
      }
    }
    return subjects.targets.indices.map { target in
      var measurement = measurement(steps[target], isCascade)
      measurement.isDegenerate = empty[target]
      return measurement
    }
  }

  /// The layers in the order in which they are lost, the last of the network first.
  private func places(_ weights: RandomWeights) -> [Int] {
    let isAll = values.text("layers") == "all"
    return weights.layers.indices.filter { isAll || weights.layers[$0].isConvolution }.reversed()
  }

  private func measurement(_ steps: [[Similarity: Double]], _ isCascade: Bool) -> Measurement {
    let curves = Similarity.allCases.compactMap { kind -> Measurement.Curve? in
      let values = steps.compactMap { $0[kind] }
      return values.count == steps.count ? Measurement.Curve(kind.rawValue, values) : nil
    }
    let wanted = values.choice("similarity", as: Similarity.self)
    guard let curve = curves.first(where: { $0.name == wanted.rawValue }),
      let first = curve.values.first, let last = curve.values.last
    else {
      return Measurement(nil, reason: "the map is too small for \(wanted.rawValue)", curves: curves)
    }
    let mean = curve.values.reduce(0, +) / Double(curve.values.count)
    return Measurement(
      isCascade ? last : mean, parts: [.init("first", first), .init("last", last)], curves: curves)
  }

  /// `[T, C, H, W]`: maps of the method.
  private static func maps(
    _ maker: Maker, _ targets: [Target], _ probe: some Probe
  ) async throws(ExplanationError) -> HostTensor<Float> {
    let explanation = try await maker.explain(targets, with: probe)
    return try await engine { () async throws(BackendError) in
      try await explanation.maps.download()
    }
  }

  private func similarities(
    _ trained: HostTensor<Float>, _ other: HostTensor<Float>, _ target: Int
  ) -> [Similarity: Double] {
    let pair = [trained, other].map { Self.flat($0.rows(target..<target + 1)) }
    let width = trained.shape[3]
    let unit = pair.map { Self.unit($0.magnitudes) }
    var values: [Similarity: Double] = [
      .spearman: RankCorrelation.spearman(pair[0].magnitudes, pair[1].magnitudes),
      .signed: RankCorrelation.spearman(pair[0].signed, pair[1].signed),
    ]
    values[.ssim] = StructuralSimilarity.value(
      unit[0], unit[1], width: width, range: self.values.number("ssim-range"))
    values[.hog] = OrientedGradients.similarity(unit[0], unit[1], width: width)
    return values
  }

  /// One value a position, without signs and with them.
  ///
  /// A value that is not finite, as a network of random weights may make it, counts as 0.
  private static func flat(
    _ map: HostTensor<Float>
  ) -> (magnitudes: [Double], signed: [Double]) {
    let colours = map.reshaped(map.shape.row)
    if map.shape[1] == 3, let grey = GradientDisplay.grey99.values(of: colours),
      let signed = GradientDisplay.signed99.values(of: colours)
    {
      return (grey.values.map(Double.init), signed.values.map(Double.init))
    }
    let size = map.shape[2] * map.shape[3]
    var sums = [Double](repeating: 0, count: size)
    for (place, value) in map.elements.enumerated() where value.isFinite {
      sums[place % size] += Double(value)
    }
    return (sums.map(abs), sums)
  }

  private static func unit(_ values: [Double]) -> [Double] {
    guard let low = values.min(), let high = values.max(), high > low else {
      return values.map { _ in 0 }
    }
    return values.map { ($0 - low) / (high - low) }
  }
}
