import Execution
import Graphs
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
      "signed maps without colours are min-maxed as they are, not their magnitudes",
      "maps with colours: magnitudes up to their 99th percentile, and signed values likewise",
      "a map of a network of random weights that is not finite is an error, not a map of zeros",
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
  public func costs(_ network: Graph) -> [MetricCost] {
    [
      MetricCost(
        "\(Self.name) \(values.resolved.map(\.value))",
        explanations: places(RandomWeights(network)).count + 1)
    ]
  }

  /// A network without weights has nothing to lose.
  public func obstacle(_ maker: Maker?, in network: Graph) -> String? {
    guard places(RandomWeights(network)).isEmpty else { return nil }
    return "sanity-check draws the weights of layers anew, and this network has none"
  }

  /// The similarity at the last step, with a curve for each kind.
  ///
  /// One layer goes to the device at each step. While a step's maps are made, those of the step before
  /// are compared on the host, where the histograms of HOG need them.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    guard let maker = subjects.maker else {
      return subjects.targets.map { _ in Measurement(nil, reason: "its method is not known") }
    }
    // The classes of the trained network; a network of random weights would choose others.
    let targets = try await subjects.namedTargets(with: probe)
    let weights = RandomWeights(probe.network)
    let start = try await Self.maps(maker, targets, probe).maps
    let trained = await Self.prepared(start)
    var errors = [String?](repeating: nil, count: targets.count)
    let empty = try await subjects.degenerate(with: probe)
    let isCascade = values.text("mode") == "cascading"
    let range = values.number("ssim-range")
    var steps = [[[Similarity: Double]]](repeating: [], count: targets.count)
    var current = probe
    var last: Task<[[Similarity: Double]], Never>?
    for (number, place) in places(weights).enumerated() {
      try checkCancellation()
      let drawn = weights.drawn(place, seed: probe.seed)
      let random = try await (isCascade ? current : probe).replacing(drawn)
      if isCascade { current = random }
      let (maps, found) = try await Self.maps(maker, targets, random)
      for (target, error) in found.enumerated() {
        errors[target] = errors[target] ?? error.map { "step \(number + 1): \($0)" }
      }
      if let last { steps = zip(steps, await last.value).map { $0 + [$1] } }
      last = Task {
        zip(trained, await Self.prepared(maps)).map { $0.similarities(with: $1, range: range) }
      }
    }
    if let last { steps = zip(steps, await last.value).map { $0 + [$1] } }
    return targets.indices.map { target in
      if let error = errors[target] {
        return Measurement(
          failed: "the map of a network of random weights: \(error)", isDegenerate: empty[target])
      }
      return measurement(steps[target], isCascade, isDegenerate: empty[target])
    }
  }

  /// The layers in the order in which they are lost, the last of the network first.
  private func places(_ weights: RandomWeights) -> [Int] {
    let isAll = values.text("layers") == "all"
    return weights.layers.indices.filter { isAll || weights.layers[$0].isConvolution }.reversed()
  }

  private func measurement(
    _ steps: [[Similarity: Double]], _ isCascade: Bool, isDegenerate: Bool
  ) -> Measurement {
    let curves = Similarity.allCases.compactMap { kind -> Measurement.Curve? in
      let values = steps.compactMap { $0[kind] }
      return values.count == steps.count ? Measurement.Curve(kind.rawValue, values) : nil
    }
    let wanted = values.choice("similarity", as: Similarity.self)
    guard let curve = curves.first(where: { $0.name == wanted.rawValue }),
      let first = curve.values.first, let last = curve.values.last
    else {
      return Measurement(
        nil, reason: "the map is too small for \(wanted.rawValue)", isDegenerate: isDegenerate,
        curves: curves)
    }
    let mean = curve.values.reduce(0, +) / Double(curve.values.count)
    return Measurement(
      finite: isCascade ? last : mean, isDegenerate: isDegenerate,
      parts: [.init("first", first), .init("last", last)], curves: curves)
  }

  /// `[T, C, H, W]`: maps of the method, and for each target what of it is not finite.
  private static func maps(
    _ maker: Maker, _ targets: [Target], _ probe: some Probe
  ) async throws(ExplanationError) -> (maps: HostTensor<Float>, errors: [String?]) {
    let explanation = try await maker.explain(targets, with: probe)
    let errors = try await explanation.summaries().map { $0.error?.description }
    return (try await read(explanation.maps), errors)
  }

  /// The maps of all targets, ready to be compared, on as many threads as there are.
  private static func prepared(_ maps: HostTensor<Float>) async -> [ComparedMap] {
    await withTaskGroup(of: (Int, ComparedMap).self) { group in
      for target in 0..<maps.shape[0] {
        group.addTask { (target, ComparedMap(maps.rows(target..<target + 1))) }
      }
      var prepared: [Int: ComparedMap] = [:]
      for await (target, map) in group { prepared[target] = map }
      return (0..<maps.shape[0]).compactMap { prepared[$0] }
    }
  }
}
