import Execution
import Graphs

/// Gradient x input: each value of the image times how much the target grows with it.
///
/// S = reduce(x · ∂y/∂x)      — Shrikumar et al. 2016
///
/// x is the image as the network takes it, normalised. One forward and one backward pass. The map is
/// signed; pictures show the sum of magnitudes.
public struct GradientTimesInput: Explainer {
  /// The method's name on the command line.
  public static let name = "gradient-x-input"

  /// Shrikumar and others, 2016.
  public static let citation = Citation(
    paper: "A. Shrikumar, P. Greenside, A. Shcherbina, A. Kundaje, Not Just a Black Box: Learning"
      + " Important Features Through Propagating Activation Differences, 2016, arXiv 1605.01713",
    equations: [
      "S[i,j] = sum_c x[c,i,j] * dy/dx[c,i,j]   (x normalised; y before softmax)"
    ],
    deviations: [
      "the map is the signed sum over colours; pictures show the sum of magnitudes"
    ])

  /// What can be set.
  public static let settings = GradientEnd.settings(reduce: .sum)

  private let chosen: Settings
  private let end: GradientEnd
  private let gradient = InputGradient(timesInput: true)

  /// Gradient x input with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.name)
    end = GradientEnd(chosen)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The image is all that is read.
  public var readsLayer: Bool { false }

  /// Values are unbounded and of both signs.
  public var gradientDisplay: GradientDisplayStyle? { end.display }

  /// Pictures are made of the colours where the display needs them.
  public var isDrawnAtOnce: Bool { end.isDrawnFromColours }

  /// One forward and one backward pass; any network will do.
  public func needs(_ network: Graph) -> Needs { Needs(passes: gradient.passes) }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let (values, evidence) = try await gradient.clean(targets, with: probe)
    return try await end.explanation(
      of: values, outputs: evidence.outputs, "gradients at the image",
      passes: targets.map { _ in gradient.passes }, with: probe)
  }
}
