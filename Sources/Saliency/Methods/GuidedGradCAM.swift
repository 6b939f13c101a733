import Execution
import Graphs
import Operators
import Tensors

/// Guided Grad-CAM: guided backpropagation where Grad-CAM finds the class.
///
/// S = R · up( ReLU( Σ_k α[k] · A[k] ) ), R the guided gradient at the image, repeated over colours
/// — Selvaraju et al. 2017, section 3.2
///
/// One forward and two backward passes: the rules of the two differ.
public struct GuidedGradCAM: Explainer {
  /// Which rule passes ReLUs on the way to the image.
  public enum Rule: String, Sendable, Hashable, CaseIterable {
    /// Guided backpropagation, as in the paper.
    case guided
    /// The deconvolutional network.
    case deconv
  }

  /// How Grad-CAM's small map is enlarged.
  public enum Resize: String, Sendable, Hashable, CaseIterable {
    /// Pixel centres at half-integers, as in the paper.
    case bilinear
    /// Each pixel repeated, as Captum does.
    case nearest
  }

  /// What Grad-CAM's map is divided by.
  public enum Scale: String, Sendable, Hashable, CaseIterable {
    /// Its maximum.
    case max
    /// Nothing, as in the authors' Torch7 code and Captum.
    case none
  }

  /// The method's name on the command line.
  public static let name = "guided-grad-cam"

  /// Selvaraju and others, 2017.
  public static let citation = Citation(
    paper: "R. R. Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via"
      + " Gradient-based Localization, ICCV 2017",
    equations: [
      "L = ReLU( sum_k alpha[k] * A[k] ),  alpha[k] = 1/Z * sum_ij dy/dA[k,i,j]   (eq. 1, 2)",
      "S[c] = R[c] * bilinear(L / max L)   (section 3.2; R: guided gradient at the image)",
    ],
    deviations: [
      "dividing by the maximum only rescales; camnorm=none as in the Torch7 code and Captum",
      "Captum enlarges by repeating pixels: resize=nearest",
      "reduce=none keeps the colours of the guided gradient, as in the paper",
    ])

  /// What can be set.
  public static let settings: [Setting] =
    [
      .words("rule", Rule.self, "which rule passes ReLUs on the way to the image"),
      .words("resize", Resize.self, "how Grad-CAM's map is enlarged"),
      .words("camnorm", Scale.self, "what Grad-CAM's map is divided by"),
    ] + GradientEnd.settings(reduce: .none)

  private let chosen: Settings
  private let end: GradientEnd

  /// Guided Grad-CAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.name)
    end = GradientEnd(chosen)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// Values are unbounded and of both signs.
  public var gradientDisplay: GradientDisplayStyle? { end.display }

  /// Values are those of a derivative.
  public var isDerivative: Bool { true }

  /// Pictures are made of the colours where the display needs them.
  public var isDrawnAtOnce: Bool { end.isDrawnFromColours }

  /// One forward and two backward passes; any network will do.
  public func needs(_ network: Graph) -> Needs {
    Needs(passes: passes, note: RectifierRule.note(on: network))
  }

  private var passes: Passes { Passes(forwards: 1, backwards: 2) }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the layer does not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let rule: RectifierRule = chosen.choice("rule", as: Rule.self) == .guided ? .guided : .deconvnet
    let evidence = try await probe.evidence(
      Query(
        targets: targets, activations: [layer], gradients: [layer],
        relevance: .init(at: [.image], rules: RuleBook([rule]))))
    guard let activations = evidence.activations[layer], let gradients = evidence.gradients[layer]
    else { throw .unknownLayer(layer, nearest: []) }
    guard let guided = evidence.relevance[.image] else {
      throw .unknownLayer(.image, nearest: [])
    }
    let values = try await probe.compute([guided, activations, gradients]) {
      (builder, inputs) throws(GraphError) in
      let weights = try builder.add(ReduceMean(axes: [2, 3], keepsAxes: true), [inputs[2]])
      let sum = try builder.add(WeightedChannelSum(), [inputs[1], weights])
      var map = try builder.add(ReLU(), [sum])
      if chosen.choice("camnorm", as: Scale.self) == .max {
        map = try builder.dividedByMaximum(map)
      }
      return [try builder.add(Multiply(), [inputs[0], enlarged(map, like: inputs[0], &builder)])]
    }[0]
    let note = RectifierRule.note(on: probe.network)
    let notes = targets.indices.flatMap { target in note.map { [Note(target: target, $0)] } ?? [] }
    var explanation = try await end.explanation(
      of: values, outputs: evidence.outputs, "guided gradients times the map of layer \(layer)",
      passes: targets.map { _ in passes }, notes: notes, with: probe)
    explanation.emptyReasons = EmptyReasons(
      nowherePositive: Self.emptyReason(layer), constant: Self.emptyReason(layer))
    return explanation
  }

  private static func emptyReason(_ layer: LayerName) -> String {
    "no weighted sum is positive at layer \(layer), or no guided gradient reaches the image there;"
      + " try target not:... or an earlier layer"
  }

  /// The map at the size of the image.
  private func enlarged(
    _ map: Value, like image: Value, _ builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let (height, width) = (builder.shape(of: image)[2], builder.shape(of: image)[3])
    switch chosen.choice("resize", as: Resize.self) {
    case .bilinear:
      return try builder.add(
        ResizeBilinear(height: height, width: width, alignsCorners: false), [map])
    case .nearest:
      // Rows as channels of a 1x1 convolution with ones and zeros, then columns likewise.
      let (rows, columns) = (builder.shape(of: map)[2], builder.shape(of: map)[3])
      let turned = try builder.add(Transpose([0, 2, 1, 3]), [map])
      let tall = try builder.add(
        Conv2D(), [turned, Self.repeating(rows, to: height, &builder)])
      let across = try builder.add(Transpose([0, 3, 2, 1]), [tall])
      let wide = try builder.add(
        Conv2D(), [across, Self.repeating(columns, to: width, &builder)])
      return try builder.add(Transpose([0, 2, 3, 1]), [wide])
    }
  }

  /// `[n, m, 1, 1]`: one where output d repeats input floor(d · m / n).
  private static func repeating(
    _ count: Int, to length: Int, _ builder: inout GraphBuilder
  ) -> Value {
    builder.constant(
      HostTensor<Float>([length, count, 1, 1]) { place in
        place / count * count / length == place % count ? 1 : 0
      })
  }
}
