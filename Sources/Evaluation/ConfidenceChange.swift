import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// What average drop, increase, win and ADCC share: the score of the image seen through its own map,
/// O, beside the score of the clean image, Y.
///
/// The image seen through a map is x·S in normalised space, S min-maxed to [0, 1].
struct ConfidenceChange: Sendable, Hashable {
  /// What stands before the names of the settings.
  static let family = "average-drop"

  /// What can be set.
  static let settings: [Setting] = [
    Setting(
      "keep", default: "1", .number(0...1), "share of the pixels, the highest, that are seen at all"
    ),
    Setting(
      "library", default: "false", .flag,
      "the plain difference of logits, as pytorch-grad-cam has it: not divided, not in percent"),
  ]

  /// The share of the pixels that are seen at all.
  var keep: Double = 1
  /// Whether logits are compared, and plainly.
  var isLibrary = false

  /// Scores of all pixels, relative.
  init() {}

  /// The change that settings ask for.
  init(_ chosen: Settings) {
    keep = chosen.number("keep")
    isLibrary = chosen.flag("library")
  }

  /// The measurements that metrics share.
  private var key: String { "confidence \(keep) \(isLibrary)" }

  /// One pass.
  var cost: MetricCost { MetricCost(key, passes: Passes(forwards: 1)) }

  /// The drop of each subject, its two scores as parts `clean` and `seen`.
  ///
  /// max(0, Y − O) / Y, in [0, 1] for scores that are not below 0, 0 where Y is 0 and no value where it
  /// is below; where logits are compared max(0, Y − O), in their unit and not bounded.
  /// - Throws: `ExplanationError` where the engine fails.
  func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    return try await subjects.measurements(key) { () async throws(ExplanationError) in
      let targets = subjects.targets.map { target in
        var scored = target
        if isLibrary { scored.score = .value }
        return scored
      }
      let views = try await probe.views(for: targets, activations: [])
      let masks = try await masks(of: subjects, with: probe)
      let seen = try await read(
        probe.scores(
          under: MaskField(geometry: .dense(masks), count: 1),
          baseline: try await Baseline(.zero).images(of: probe), targets, seeds: views.seeds))
      let clean = try await read(probe.scores(of: views, targets))
      let empty = try await subjects.degenerate(with: probe)
      return targets.indices.map { target in
        measurement(Double(clean[target]), Double(seen[target]), isDegenerate: empty[target])
      }
    }
  }

  private func measurement(_ clean: Double, _ seen: Double, isDegenerate: Bool) -> Measurement {
    let parts: [Measurement.Part] = [.init("clean", clean), .init("seen", seen)]
    let fall = max(0, clean - seen)
    if isLibrary { return Measurement(finite: fall, isDegenerate: isDegenerate, parts: parts) }
    guard !(clean < 0) else {
      return Measurement(
        nil,
        reason: "the score of the clean image is below 0, so there is no share of it; try"
          + " scores that are probabilities, or \(Self.family).library=true",
        isDegenerate: isDegenerate, parts: parts.filter(\.value.isFinite))
    }
    return Measurement(
      finite: clean > 0 ? fall / clean : 0, isDegenerate: isDegenerate, parts: parts)
  }

  /// `[T, 1, H·W]`: the maps in [0, 1], 0 at the pixels that are not seen.
  private func masks(
    of subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let count = subjects.maps.shape.row.elementCount
    let limit = Float((keep * Double(count) + 0.5).rounded(.down))
    let ranks = keep < 1 ? [try await subjects.ranks(with: probe)] : []
    return try await probe.compute([subjects.maps] + ranks) {
      (builder, inputs) throws(GraphError) in
      let spread = Reshape([1, 1, count])
      let map = try builder.add(spread, [builder.add(MinMax(), [inputs[0]])])
      guard inputs.count > 1 else { return [map] }
      let isSeen = try builder.add(Step(lower: -.infinity, upper: limit - 0.5), [inputs[1]])
      return [try builder.add(Multiply(), [map, builder.add(spread, [isSeen])])]
    }[0]
  }
}
