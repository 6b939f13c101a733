import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// Infidelity: how far what the map says of a change of the image is from what the change does.
///
/// 1/n · Σ (β·a[i] − d[i])², d[i] = y(x) − y(x[i]), a[i] the sum of the map over the change; β the best
/// factor, Σ a·d / Σ a², which makes the number free of the map's scale — Yeh, Hsieh, Suggala, Inouye,
/// Ravikumar, On the (In)fidelity and Sensitivity of Explanations, 2019, definition 2.1 and section 3.
///
/// Changes are random squares that are replaced by a baseline, or noise; the same for every image.
/// With the best factor it is mean(d²)·(1 − ρ²), ρ the uncentred correlation of a and d. β is reported:
/// below 0 the map has the wrong sign. Not below 0.
public struct Infidelity: Metric {
  /// Whose program is followed; sets the defaults of the other settings.
  public enum Preset: String, Sendable, Hashable, CaseIterable {
    /// Squares, best factor.
    case standard = "default"
    /// Captum: noise, ten samples, no factor.
    case captum
    /// Quantus: patches of 4x4 pixels to black, one after the other, no factor.
    case quantus
  }

  /// How the image is changed.
  public enum Perturbation: String, Sendable, Hashable, CaseIterable {
    /// Random squares are replaced: for maps that already hold the input.
    case square
    /// Noise everywhere: for gradients.
    case noise
  }

  /// What factor the map gets.
  public enum Scale: String, Sendable, Hashable, CaseIterable {
    /// The one that fits best.
    case optimal
    /// One.
    case none
  }

  /// The metric's name on the command line.
  public static let name = "infidelity"

  /// Yeh and others, 2019.
  public static let citation = Citation(
    paper: "C.-K. Yeh, C.-Y. Hsieh, A. S. Suggala, D. I. Inouye, P. Ravikumar, On the (In)fidelity"
      + " and Sensitivity of Explanations, NeurIPS 2019, arXiv 1901.09392",
    equations: [
      "square: x[i] = x*(1 - m[i]) + base*m[i],  a[i] = sum m[i] * S",
      "noise:  x[i] = x - I[i],  I[i] = sigma * normal,  a[i] = sum I[i] * S",
      "d[i] = y(x) - y(x[i]);  beta = sum a*d / sum a^2;  INFD = 1/n * sum (beta*a[i] - d[i])^2",
    ],
    deviations: [
      "squares have sides of 1/28 to 10/28 of the image, drawn at random; the authors take every"
        + " square of side 1 to 10 of 28x28 pixels",
      "Captum and Quantus take no factor unless asked: scale=none",
      "preset=quantus is one sweep over patches in raster order; the package repeats it",
      "derivatives go with noise and everything else with squares; other pairs are passed over",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    .words("preset", Preset.self, "whose program; sets the defaults of the others"),
    .words("perturb", Perturbation.self, "how the image is changed (captum: noise)"),
    Setting("n", default: "100", .integer(1...100_000), "changes of an image (captum: 10)"),
    Setting("sigma", default: "0.003", .number(0...10), "deviation of the noise"),
    Setting(
      "baseline", default: "zero", .choice(Baseline.Kind.allCases.map(\.rawValue)),
      "what squares are replaced by (quantus: black)"),
    .words("scale", Scale.self, "the factor of the map (captum, quantus: none)"),
  ]

  /// A map that predicts changes is good.
  public static let direction = MetricDirection.lower

  /// The scores of changed images.
  public static let needs: MetricNeeds = .network

  /// One change of an image.
  struct Pair {
    /// a[i]: what the map says that it costs, its sum over the change.
    let predicted: Double
    /// d[i] = y(x) − y(x[i]): what it does cost, in the unit of the target.
    let drop: Double
  }

  let chosen: Settings
  let baseline: Baseline

  /// The metric with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.family)
    switch chosen.choice("preset", as: Preset.self) {
    case .standard: break
    case .captum: chosen.setDefaults(["perturb": "noise", "n": "10", "scale": "none"])
    case .quantus: chosen.setDefaults(["scale": "none", "baseline": "black"])
    }
    self.chosen = chosen
    baseline = Baseline(chosen.choice("baseline"))
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  var isNoise: Bool { chosen.choice("perturb", as: Perturbation.self) == .noise }

  var isSweep: Bool { !isNoise && chosen.choice("preset", as: Preset.self) == .quantus }

  /// A pass for each change.
  public func costs(_ network: Graph) -> [MetricCost] {
    let shape = network.inputs.first.map { network[$0].shape } ?? []
    let patches = shape.rank == 4 ? Patches(shape[2], shape[3]).count : 0
    return [
      MetricCost(
        "\(Self.name) \(chosen.resolved.map(\.value))",
        passes: Passes(forwards: isSweep ? patches : chosen.integer("n")))
    ]
  }

  /// Gradients go with noise, everything else with squares; images must be larger than half a blur.
  public func obstacle(_ maker: Maker?, in network: Graph) -> String? {
    let method = maker.map { type(of: $0.explainer).name }
    let isLocal = maker?.explainer.isDerivative ?? false
    if isNoise, !isLocal {
      return "infidelity.perturb=noise needs derivatives of the image, and "
        + (method.map { "\($0) gives none" } ?? "maps read from files are none")
        + "; try perturb=square"
    }
    if !isNoise, isLocal {
      return
        "infidelity.perturb=square needs maps that hold the image, and \(method ?? "this") gives"
        + " derivatives; try perturb=noise"
    }
    let shape = network.inputs.first.map { network[$0].shape } ?? []
    return shape.rank == 4 ? baseline.obstacle(height: shape[2], width: shape[3]) : nil
  }

  /// The infidelity of each subject, with β.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    if let obstacle = obstacle(subjects.maker, in: probe.network) { throw .unsuitable(obstacle) }
    let empty = try await subjects.degenerate(with: probe)
    let pairs: [[Pair]]
    if isNoise {
      pairs = try await noisePairs(subjects, with: probe)
    } else if isSweep {
      pairs = try await sweepPairs(subjects, with: probe)
    } else {
      pairs = try await squarePairs(subjects, with: probe)
    }
    return zip(pairs, empty).map { pairs, isEmpty in
      let products = pairs.reduce(0) { $0 + $1.predicted * $1.drop }
      let squares = pairs.reduce(0) { $0 + $1.predicted * $1.predicted }
      let isBest = chosen.choice("scale", as: Scale.self) == .optimal
      let factor = !isBest ? 1 : squares > 0 ? products / squares : 0
      let sum = pairs.reduce(0) { sum, pair in
        let miss = factor * pair.predicted - pair.drop
        return sum + miss * miss
      }
      return Measurement(
        finite: sum / Double(pairs.count), isDegenerate: isEmpty, parts: [.init("beta", factor)])
    }
  }
}
