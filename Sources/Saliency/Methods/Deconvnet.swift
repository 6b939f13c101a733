import Execution
import Graphs

/// Deconvnet: what is left of the gradient where only positive values pass each ReLU on the way back.
///
/// R = r · [r > 0] at every ReLU, r the incoming gradient      — Zeiler, Fergus 2014, section 2.1
///
/// Fully connected layers included; max-pooling uses the switches of the forward pass. One forward
/// and one backward pass.
public struct Deconvnet: Explainer {
  /// The method's name on the command line.
  public static let name = "deconvnet"

  /// Zeiler and Fergus, 2014.
  public static let citation = Citation(
    paper:
      "M. D. Zeiler, R. Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014",
    equations: [
      "at every ReLU: R = r * [r > 0]   (r: incoming gradient)",
      "S[i,j] = max_c |R[c,i,j]| at the image",
    ],
    deviations: [
      "a clamp such as ReLU6 counts as a ReLU; other activations keep their derivative",
      "reduce=abs-sum is what the PAIR library and the repository of Group-CAM take everywhere",
    ])

  /// What can be set.
  public static let settings = GradientEnd.settings(reduce: .absMax)

  private let chosen: Settings
  private let end: GradientEnd
  private let gradient = InputGradient(rules: RuleBook([RectifierRule.deconvnet]))

  /// Deconvnet with some settings changed.
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
