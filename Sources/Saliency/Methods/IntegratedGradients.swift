import Execution
import Graphs
import Operators
import Tensors

/// Integrated gradients: the gradient averaged along the straight way from a baseline to the image.
///
/// IG = (x − x′) · Σ_k w[k] · ∂y/∂x at x′ + a[k] · (x − x′)
/// — Sundararajan, Taly, Yan 2017, eq. 3
///
/// So many forward and backward passes as steps, and two forward passes for the completeness error
/// |Σ IG − (y(x) − y(x′))|, a note with every map.
public struct IntegratedGradients: Explainer {
  /// The method's name on the command line.
  public static let name = "integrated-gradients"

  /// Sundararajan and others, 2017.
  public static let citation = Citation(
    paper: "M. Sundararajan, A. Taly, Q. Yan, Axiomatic Attribution for Deep Networks, ICML 2017",
    equations: [
      "IG = (x - x') * sum_k w[k] * dy/dx at x' + a[k] * (x - x')   (eq. 3)",
      "rule=right: a[k] = k/m, w[k] = 1/m, k = 1..m;  S = sum of IG over colours",
    ],
    deviations: [
      "the paper sums right ends; rule=gauss is Captum's default, rule=pair the PAIR library's,"
        + " which counts both ends fully",
      "rule=trapezoid divides by m - 1; Captum divides by m",
      "the PAIR library takes zeros as the baseline; black pixels here",
      "the map is the signed sum over colours; pictures show the sum of magnitudes",
    ])

  /// What can be set.
  public static let settings: [Setting] =
    [
      Setting("steps", default: "50", .integer(1...1000), "points on the way"),
      .words("rule", PathRule.self, "where the points lie and what they weigh"),
      Setting(
        "baseline", default: "black", .choice(Baseline.Kind.allCases.map(\.rawValue)),
        "where the way begins"),
    ] + GradientEnd.settings(reduce: .sum)

  private let chosen: Settings
  private let end: GradientEnd
  private let path: IntegratedPath

  /// Integrated gradients with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.name)
    end = GradientEnd(chosen)
    let (steps, rule) = (chosen.integer("steps"), chosen.choice("rule", as: PathRule.self))
    guard steps > 1 || !rule.hasBothEnds else {
      throw SettingError("\(Self.name).steps", "rule=\(rule.rawValue) needs 2 steps or more")
    }
    path = IntegratedPath(
      points: rule.points(steps), baseline: Baseline(chosen.choice("baseline")))
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The image is all that is read.
  public var readsLayer: Bool { false }

  /// Values are unbounded and of both signs.
  public var gradientDisplay: GradientDisplayStyle? { end.display }

  /// Pictures are made of the colours where the display needs them.
  public var isDrawnAtOnce: Bool { end.isDrawnFromColours }

  /// A forward and a backward pass for each step, and the clean image and the baseline.
  public func needs(_ network: Graph) -> Needs {
    let shape = network.inputs.first.map { network[$0].shape } ?? []
    let obstacle =
      shape.rank == 4 ? path.baseline.obstacle(height: shape[2], width: shape[3]) : nil
    return Needs(passes: passes, obstacle: obstacle)
  }

  private var passes: Passes {
    Passes(forwards: path.passes.forwards + 2, backwards: path.passes.backwards)
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let (rows, clean) = try await probe.cleanRows(targets)
    let start = try await path.baseline.images(for: rows.images, with: probe)
    let values = try await path.values(of: rows, from: start, with: probe)
    let before = try await probe.evidence(
      Query(targets: targets), on: start, seeds: rows.seeds)
    let notes = try await Completeness.notes(
      of: values, after: clean.differentiated, before: before.differentiated, with: probe)
    return try await end.explanation(
      of: values, outputs: clean.outputs, "integrated gradients",
      passes: targets.map { _ in passes }, notes: notes, with: probe)
  }
}
