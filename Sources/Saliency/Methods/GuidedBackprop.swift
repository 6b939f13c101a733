import Execution
import Graphs

/// Guided backpropagation: the gradient where each ReLU lets through only what is positive both ways.
///
/// R = r · [f > 0] · [r > 0] at every ReLU, f its input and r the incoming gradient
/// — Springenberg, Dosovitskiy, Brox, Riedmiller 2015, section 3.4
///
/// One forward and one backward pass.
public struct GuidedBackprop: Explainer {
  /// The method's name on the command line.
  public static let name = "guided-backprop"

  /// Springenberg and others, 2015.
  public static let citation = Citation(
    paper:
      "J. T. Springenberg, A. Dosovitskiy, T. Brox, M. Riedmiller, Striving for Simplicity: The"
      + " All Convolutional Net, ICLR 2015 workshop, arXiv 1412.6806",
    equations: [
      "at every ReLU: R = r * [f > 0] * [r > 0]   (f: forward input, r: incoming gradient)",
      "S[i,j] = max_c |R[c,i,j]| at the image",
    ],
    deviations: [
      "a clamp such as ReLU6 counts as a ReLU: [f > 0] reads 'the clamp passes'",
      "other activations keep their derivative; without any ReLU this is the gradient",
      "TorchRay lets f = 0 through; this and others do not",
    ])

  /// What can be set.
  public static let settings = GradientEnd.settings(reduce: .absMax)

  private let chosen: Settings
  private let end: GradientEnd
  private let gradient = InputGradient(rules: RuleBook([RectifierRule.guided]))

  /// Guided backpropagation with some settings changed.
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
  public func needs(_ network: Graph) -> Needs {
    Needs(passes: gradient.passes, note: RectifierRule.note(on: network))
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let (values, evidence) = try await gradient.clean(targets, with: probe)
    let note = RectifierRule.note(on: probe.network)
    let notes = targets.indices.flatMap { target in note.map { [Note(target: target, $0)] } ?? [] }
    return try await end.explanation(
      of: values, outputs: evidence.outputs, "gradients at the image",
      passes: targets.map { _ in gradient.passes }, notes: notes, with: probe)
  }
}
