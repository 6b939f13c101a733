import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// Max-sensitivity: how much the map changes when the image hardly does.
///
/// max over i of |S(x[i]) − S(x)| / |S(x)|, x[i] = x + radius·(2u − 1), u uniform — Yeh, Hsieh,
/// Suggala, Inouye, Ravikumar, On the (In)fidelity and Sensitivity of Explanations, 2019, section 4.
///
/// The class is that of the clean image, and random methods draw the same numbers for every copy.
/// Not below 0. The method runs once for each copy.
public struct MaxSensitivity: Metric {
  /// Whose program is followed; sets the defaults of the other settings.
  public enum Preset: String, Sendable, Hashable, CaseIterable {
    /// Captum.
    case captum
    /// Quantus: 200 samples, radius 0.2, the norm of the image.
    case quantus
  }

  /// What the change is divided by.
  public enum Denominator: String, Sendable, Hashable, CaseIterable {
    /// The norm of the map.
    case map
    /// The norm of the image.
    case input
    /// Nothing.
    case none
  }

  /// Which map is compared.
  public enum Compared: String, Sendable, Hashable, CaseIterable {
    /// The one that is delivered.
    case final
    /// The one before the last normalisation.
    case raw
  }

  /// The metric's name on the command line.
  public static let name = "max-sensitivity"

  /// Yeh and others, 2019.
  public static let citation = Citation(
    paper: "C.-K. Yeh, C.-Y. Hsieh, A. S. Suggala, D. I. Inouye, P. Ravikumar, On the (In)fidelity"
      + " and Sensitivity of Explanations, NeurIPS 2019, arXiv 1901.09392",
    equations: [
      "x[i] = x + radius * (2u - 1),  u uniform;  SENS = max_i |S(x[i]) - S(x)| / |S(x)|"
    ],
    deviations: [
      "radius and samples are Captum's; preset=quantus has its numbers and divides by the image",
      "a map of zeros is divided by 1",
      "maps with colours: magnitudes summed over colours; map=raw keeps the colours",
      "map=raw compares what was before the last min-max, which hides changes of scale",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    .words("preset", Preset.self, "whose numbers; sets the defaults of the others"),
    Setting("n", default: "10", .integer(1...10_000), "copies of an image (quantus: 200)"),
    Setting(
      "radius", default: "0.02", .number(0...10),
      "the most that a value changes, after normalisation (quantus: 0.2)"),
    .words("denominator", Denominator.self, "what the change is divided by (quantus: input)"),
    .words("map", Compared.self, "which map is compared"),
  ]

  /// A map that stays as it is is good.
  public static let direction = MetricDirection.lower

  /// The method is run again.
  public static let needs: MetricNeeds = [.network, .method]

  private let chosen: Settings

  /// The metric with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.family)
    if chosen.choice("preset", as: Preset.self) == .quantus {
      chosen.setDefaults(["n": "200", "radius": "0.2", "denominator": "input"])
    }
    self.chosen = chosen
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  private var isRaw: Bool { chosen.choice("map", as: Compared.self) == .raw }

  /// The method for each copy.
  public func costs(_ network: Graph) -> [MetricCost] {
    [
      MetricCost(
        "\(Self.name) \(chosen.resolved.map(\.value))",
        explanations: chosen.integer("n") + (isRaw ? 1 : 0))
    ]
  }

  /// The sensitivity of each subject.
  /// - Throws: `ExplanationError` where the maps cannot be made again or the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let images = try await subjects.images(with: probe)
    var start = subjects.maps
    if isRaw {
      let clean = try await subjects.explain(images, with: probe)
      start = clean.raw ?? clean.maps
    }
    let empty = try await subjects.degenerate(with: probe)
    let norms = try await read(norms(start, images, with: probe))
    var largest = [Double](repeating: 0, count: subjects.targets.count)
    var errors = [String?](repeating: nil, count: subjects.targets.count)
    for sample in 0..<chosen.integer("n") {
      try checkCancellation()
      let moved = try await moved(images, sample: sample, with: probe)
      let explanation = try await subjects.explain(moved, with: probe)
      let map = isRaw ? explanation.raw ?? explanation.maps : explanation.maps
      let changes = try await read(
        probe.compute([start, map]) { (builder, inputs) throws(GraphError) in
          let change = try builder.add(Subtract(), [inputs[1], inputs[0]])
          return [try builder.squareSum(change)]
        }[0])
      for (target, summary) in try await explanation.summaries().enumerated() {
        errors[target] = errors[target] ?? summary.error?.description
        largest[target] = max(largest[target], Double(changes[target]).squareRoot())
      }
    }
    return subjects.targets.indices.map { target in
      if let error = errors[target] {
        return Measurement(
          failed: "the map of a moved image: \(error)", isDegenerate: empty[target])
      }
      let norm = Double(norms[target]).squareRoot()
      return Measurement(
        finite: largest[target] / (norm > 0 ? norm : 1), isDegenerate: empty[target])
    }
  }

  /// The squared norm of the denominator, `[T, 1]`.
  private func norms(
    _ maps: any ResidentTensor, _ images: any ResidentTensor, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let denominator: Denominator = chosen.choice("denominator")
    let source = denominator == .input ? images : maps
    return try await probe.compute([source]) { (builder, inputs) throws(GraphError) in
      let sum = try builder.squareSum(inputs[0])
      return [
        denominator == .none
          ? try builder.add(Broadcast(), [builder.constant(1), sum]) : sum
      ]
    }[0]
  }

  /// x + radius · (2u − 1), the same numbers for every image.
  private func moved(
    _ images: any ResidentTensor, sample: Int, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let radius = Float(chosen.number("radius"))
    let numbers = RandomNumbers(
      .uniform, seed: probe.seed, stream: .moves, block: images.shape.row)
    return try await probe.compute([
      images, probe.upload(HostTensor([images.shape[0], 1], filledWith: Float(sample))),
    ]) { (builder, inputs) throws(GraphError) in
      let twice = try builder.add(
        Multiply(), [builder.add(numbers, [inputs[1]]), builder.constant(2)])
      let offset = try builder.add(Subtract(), [twice, builder.constant(1)])
      let change = try builder.add(Multiply(), [offset, builder.constant(radius)])
      return [try builder.add(Add(), [inputs[0], change])]
    }[0]
  }
}

extension GraphBuilder {
  /// The sum of squares of each row, `[T, 1]` from `[T, C, h, w]`.
  fileprivate mutating func squareSum(_ value: Value) throws(GraphError) -> Value {
    let square = try add(Multiply(), [value, value])
    return try add(
      Reshape([1, 1]), [add(ReduceSum(axes: [1, 2, 3], keepsAxes: true), [square])])
  }
}
