import Execution
import Graphs

/// The gradient: how much the target grows with each colour of each pixel.
///
/// S = reduce(∂y/∂x)      — Simonyan, Vedaldi, Zisserman 2013, section 3
///
/// One forward and one backward pass to the image. The map is signed or not as colours are reduced,
/// unbounded, and never scaled.
public struct VanillaGradient: Explainer {
  /// The method's name on the command line.
  public static let name = "gradient"

  /// Simonyan and others, 2013.
  public static let citation = Citation(
    paper: "K. Simonyan, A. Vedaldi, A. Zisserman, Deep Inside Convolutional Networks: Visualising"
      + " Image Classification Models and Saliency Maps, 2013, arXiv 1312.6034",
    equations: [
      "M[i,j] = max_c |dy/dx[c,i,j]|   (section 3.1; y before softmax)"
    ],
    deviations: [
      "reduce=abs-sum is what the PAIR library and the repository of Group-CAM take everywhere",
      "display=groupcam is plain min-max, as the repository of Group-CAM shows its maps",
    ])

  /// What can be set.
  public static let settings = GradientEnd.settings(reduce: .absMax)

  private let chosen: Settings
  private let end: GradientEnd
  private let gradient = InputGradient()

  /// The gradient with some settings changed.
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

  /// Values are those of a derivative.
  public var isDerivative: Bool { true }

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
