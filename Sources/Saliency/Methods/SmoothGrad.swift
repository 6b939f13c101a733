import Execution
import Graphs
import Operators
import Tensors

/// SmoothGrad: a gradient averaged over noisy copies of the image.
///
/// S = reduce( 1/n · Σ_i M(x + σ · noise[i]) ), σ = level · (max x − min x)
/// — Smilkov et al. 2017, section 3; squares as Hooker et al. 2019, variance as Adebayo et al. 2018
///
/// The class is that of the clean image. Noise is normal, of stream 1 of the run's seed: sample i is
/// the same for every image, at any batch size. So many times the passes of M as samples.
public struct SmoothGrad: Explainer {
  /// What is made of the samples.
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    /// Their mean, as in the paper.
    case mean
    /// The mean of their squares.
    case square
    /// Their variance.
    case variance = "var"
  }

  /// How strong the noise is.
  public enum Sigma: String, Sendable, Hashable, CaseIterable {
    /// The level times the range of the image.
    case product
    /// The level over the range of the image, as the repository of Group-CAM has it.
    case groupcam
  }

  /// What is averaged.
  public enum Base: String, Sendable, Hashable, CaseIterable {
    /// The gradient.
    case gradient
    /// The gradient times the noisy image.
    case gradientTimesInput = "gradient-x-input"
    /// The deconvolutional network.
    case deconvnet
    /// Guided backpropagation.
    case guidedBackprop = "guided-backprop"
    /// Integrated gradients with 50 right ends from black.
    case integratedGradients = "integrated-gradients"

    var attribution: any InputAttribution {
      switch self {
      case .gradient: InputGradient()
      case .gradientTimesInput: InputGradient(timesInput: true)
      case .deconvnet: InputGradient(rules: RuleBook([RectifierRule.deconvnet]))
      case .guidedBackprop: InputGradient(rules: RuleBook([RectifierRule.guided]))
      case .integratedGradients:
        IntegratedPath(points: PathRule.right.points(50), baseline: Baseline(.black))
      }
    }
  }

  /// The method's name on the command line.
  public static let name = "smoothgrad"

  /// Smilkov and others, 2017.
  public static let citation = Citation(
    paper: "D. Smilkov, N. Thorat, B. Kim, F. Viegas, M. Wattenberg, SmoothGrad: removing noise by"
      + " adding noise, 2017, arXiv 1706.03825",
    equations: [
      "M[i] = base(x + sigma * noise[i]),  sigma = level * (max x - min x),  i = 1..n",
      "mean: 1/n * sum_i M[i];  square: 1/n * sum_i M[i]^2;  var: 1/n * sum_i (M[i] - mean)^2",
      "S = sum of magnitudes over colours, after averaging",
    ],
    deviations: [
      "the paper averages 50 samples; n=25 and level=0.15 are the PAIR library's, whose default is"
        + " mode=square",
      "the repository of Group-CAM divides the level by the range: sigma=groupcam",
      "noise is this program's own, so single maps differ from those of other programs",
    ])

  /// What can be set.
  public static let settings: [Setting] =
    [
      .words("mode", Mode.self, "what is made of the samples"),
      Setting("n", default: "25", .integer(1...1000), "noisy copies of the image"),
      Setting(
        "level", default: "0.15", .number(0...10), "deviation of the noise, of the image's range"),
      .words("sigma", Sigma.self, "whether the level is multiplied by the range, or divided"),
      .words("base", Base.self, "what is averaged"),
    ] + GradientEnd.settings(reduce: .absSum)

  private let chosen: Settings
  private let end: GradientEnd
  private let base: any InputAttribution

  /// SmoothGrad with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown, or samples cannot vary.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.name)
    end = GradientEnd(chosen)
    base = chosen.choice("base", as: Base.self).attribution
    guard chosen.text("mode") == "var" else { return }
    guard chosen.integer("n") > 1 else {
      throw SettingError("\(Self.name).n", "mode=var needs 2 samples or more")
    }
    guard chosen.number("level") > 0 else {
      throw SettingError(
        "\(Self.name).level", "mode=var needs noise: a level above 0; without it samples are equal")
    }
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The image is all that is read.
  public var readsLayer: Bool { false }

  /// Values are unbounded and of both signs.
  public var gradientDisplay: GradientDisplayStyle? { end.display }

  /// The mean of derivatives is one; squares, variances and products with the image are none.
  public var isDerivative: Bool {
    let bases: [Base] = [.gradient, .deconvnet, .guidedBackprop]
    return chosen.choice("mode", as: Mode.self) == .mean
      && bases.contains(chosen.choice("base", as: Base.self))
  }

  /// Pictures are made of the colours where the display needs them.
  public var isDrawnAtOnce: Bool { end.isDrawnFromColours }

  /// So many times the passes of the base as samples, and the clean image; any network will do.
  public func needs(_ network: Graph) -> Needs {
    Needs(passes: passes, note: note(on: network))
  }

  /// What a rule leaves as it is.
  private func note(on network: Graph) -> String? {
    let rule: Base = chosen.choice("base")
    let isRuled = rule == .deconvnet || rule == .guidedBackprop
    return isRuled ? RectifierRule.note(on: network) : nil
  }

  private var samples: Int { chosen.integer("n") }

  private var passes: Passes {
    Passes(
      forwards: samples * base.passes.forwards + 1, backwards: samples * base.passes.backwards)
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let (rows, clean) = try await probe.cleanRows(targets)
    let level = try await level(of: rows.images, with: probe)
    var moments = SampleMoments(mode: chosen.choice("mode"), targets: targets.count)
    for first in stride(from: 0, to: samples, by: rows.copies) {
      try checkCancellation()
      let chunk = Array(first..<min(first + rows.copies, samples))
      var many = try await rows.repeated(chunk.count, with: probe)
      many.images = try await noisy(many.images, level, chunk, of: targets.count, with: probe)
      let values = try await base.values(of: many, with: probe)
      for place in chunk.indices {
        let part = try await probe.take(
          Array(place * targets.count..<(place + 1) * targets.count), of: values)
        try await moments.add(part, with: probe)
      }
    }
    let note = note(on: probe.network)
    return try await end.explanation(
      of: try await moments.result(with: probe), outputs: clean.outputs,
      "gradients at noisy images", passes: targets.map { _ in passes },
      notes: targets.indices.flatMap { target in note.map { [Note(target: target, $0)] } ?? [] },
      with: probe)
  }

  /// σ of each image, `[T, 1, 1, 1]`; 0 where an image is constant.
  private func level(
    of images: any ResidentTensor, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let isProduct = chosen.choice("sigma", as: Sigma.self) == .product
    let level = Float(chosen.number("level"))
    return try await probe.compute([images]) { (builder, inputs) throws(GraphError) in
      let axes = [1, 2, 3]
      let low = try builder.add(ReduceMin(axes: axes, keepsAxes: true), inputs)
      let high = try builder.add(ReduceMax(axes: axes, keepsAxes: true), inputs)
      let range = try builder.add(Subtract(), [high, low])
      if isProduct { return [try builder.add(Multiply(), [range, builder.constant(level)])] }
      let varies = try builder.add(Step(), [range])
      let share = try builder.add(Multiply(), [varies, builder.constant(level)])
      return [try builder.add(Divide(), [share, builder.orOne(range, where: varies)])]
    }[0]
  }

  /// x + σ · noise of a sample for each set of rows.
  private func noisy(
    _ images: any ResidentTensor, _ level: any ResidentTensor, _ samples: [Int], of targets: Int,
    with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let order = samples.flatMap { _ in 0..<targets }
    let numbers = samples.flatMap { sample in (0..<targets).map { _ in Float(sample) } }
    let noise = RandomNumbers(
      .normal, seed: probe.seed, stream: .noise, block: images.shape.row)
    return try await probe.compute([
      images, probe.take(order, of: level), probe.upload(HostTensor([order.count, 1], numbers)),
    ]) { (builder, inputs) throws(GraphError) in
      let change = try builder.add(
        Multiply(), [builder.add(noise, [inputs[2]]), inputs[1]])
      return [try builder.add(Add(), [inputs[0], change])]
    }[0]
  }
}
