import Execution
import Graphs
import Operators
import Tensors

/// RISE: the mean of random masks, weighted by what the network says of the image seen through
/// them.
///
/// S = 1/(N·p) · Σ_i p_c(x·m[i])·m[i], with m[i] a random grid of s x s bits, each 1 with
/// probability p, enlarged linearly and shifted at random — Petsiuk, Das, Saenko, RISE: Randomized
/// Input Sampling for Explanation of Black-box Models, 2018, eq. 6.
///
/// Masks are the same for every image and target: mask i follows from the seed and i alone. They
/// are made where they are needed and never stored. All targets of an image share its passes. The
/// layer does not count.
public struct RISE: Explainer {
  /// Whose numbers are used.
  public enum Preset: String, Sendable, Hashable, CaseIterable {
    /// The paper for VGG-16.
    case paperVGG = "paper-vgg"
    /// The paper for ResNet-50.
    case paperResNet = "paper-resnet"
    /// The authors' notebook.
    case repo
    /// The repository of Group-CAM, which leaves the softmax out.
    case groupCAM = "groupcam"
    /// TorchRay, for networks with several labels.
    case torchRay = "torchray"
  }

  /// What a mask scores.
  public enum Score: String, Sendable, Hashable, CaseIterable {
    /// The score of the target, a probability.
    case probability
    /// The logit.
    case logit
    /// The logit through a sigmoid.
    case sigmoid
  }

  /// The method's name on the command line.
  public static let name = "rise"

  /// Petsiuk and others, 2018.
  public static let citation = Citation(
    paper: "V. Petsiuk, A. Das, K. Saenko, RISE: Randomized Input Sampling for Explanation of"
      + " Black-box Models, BMVC 2018, arXiv 1806.07421",
    equations: [
      "m[i] = s x s bits, 1 with probability p, enlarged to (s+1)*cell linearly, cut at a random shift",
      "S = 1/(N*p) * sum_i p_c(x*m[i]) * m[i]   (eq. 6)",
    ],
    deviations: [
      "a cell is the side divided by s, rounded up, and a shift is below a cell, as in the authors'"
        + " code; the paper rounds down and allows a whole cell",
      "random numbers are Philox, so masks are equal on every device, and other than the authors'",
      "the batched class of the authors' code omits 1/(N*p), preset=torchray divides by N only and"
        + " enlarges grids at a slightly other scale, not reproduced",
      "preset=groupcam weights by logits, as the copy in the Group-CAM repository",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    .words("preset", Preset.self, "whose numbers; sets the defaults of the others"),
    Setting(
      "masks", default: "4000", .integer(1...RandomGrid.mostMasks),
      "number of masks (paper-resnet, groupcam, torchray: 8000; repo: 6000)"),
    Setting("cells", default: "7", .integer(1...256), "cells of a grid along each side (repo: 8)"),
    Setting(
      "probability", default: "0.5", .number(0.001...1),
      "probability that a cell is seen (repo, groupcam: 0.1)"),
    .words("score", Score.self, "what a mask scores (groupcam: logit; torchray: sigmoid)"),
    Setting(
      "baseline", default: "zero", .choice(Baseline.Kind.allCases.map(\.rawValue)),
      "what shows where a mask hides the image"),
    Setting("seed", default: "-1", .integer(-1...Int.max), "seed of the masks; -1: the run's"),
  ]

  private let chosen: Settings
  private let masks: Int
  private let baseline: Baseline

  /// RISE with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    switch chosen.choice("preset", as: Preset.self) {
    case .paperVGG: break
    case .paperResNet: chosen.setDefaults(["masks": "8000"])
    case .repo: chosen.setDefaults(["masks": "6000", "cells": "8", "probability": "0.1"])
    case .groupCAM:
      chosen.setDefaults(["masks": "8000", "probability": "0.1", "score": "logit"])
    case .torchRay: chosen.setDefaults(["masks": "8000", "score": "sigmoid"])
    }
    self.chosen = chosen
    masks = chosen.integer("masks")
    baseline = Baseline(chosen.choice("baseline"))
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The masks do not depend on the target.
  public var sharesPasses: Bool { true }

  /// Only the image is hidden.
  public var readsLayer: Bool { false }

  /// Scores of masks add an offset to every pixel.
  public var evidenceRange: EvidenceRange { .span }

  /// Every mask; the clean image is needed for the prediction only.
  public func needs(_ network: Graph) -> Needs {
    let shape = network.inputs.first.map { network[$0].shape } ?? []
    return Needs(
      passes: Passes(forwards: masks),
      obstacle: shape.rank == 4 ? baseline.obstacle(height: shape[2], width: shape[3]) : nil)
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the images do not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let substitute = try await baseline.images(of: probe)
    let views = try await probe.views(for: targets, activations: [])
    let own = chosen.integer("seed")
    let keep = Float(chosen.number("probability"))
    let field = MaskField(
      geometry: .shiftedGrid(
        seed: own < 0 ? probe.seed : UInt64(own), cells: chosen.integer("cells"), keep: keep),
      count: masks, images: views.images)
    let score: Score = chosen.choice("score")
    let scored = targets.map { target in
      var scored = target
      if score != .probability { scored.score = .value }
      return scored
    }
    let table = try await probe.scores(
      under: field, baseline: substitute, scored, seeds: views.seeds)
    let share = Float(masks) * (chosen.choice("preset", as: Preset.self) == .torchRay ? 1 : keep)
    let weighted = try await probe.compute([table]) { (builder, inputs) throws(GraphError) in
      let weights = score == .sigmoid ? try builder.add(Sigmoid(), inputs) : inputs[0]
      return [
        try builder.add(Divide(), [weights, builder.constant(share)]),
        try builder.finiteCheck(inputs[0]),
      ]
    }
    let maps = try await probe.merge(field, weights: weighted[0])
    let ranges = try await probe.compute([maps]) { (builder, inputs) throws(GraphError) in
      [try builder.range(of: inputs[0])]
    }
    return Explanation(
      maps: maps, raw: maps, ranges: ranges[0], extremes: ranges[0],
      checks: [("scores", weighted[1])],
      emptyReasons: EmptyReasons(
        nowherePositive: "no masked image scores at all; try more masks or a higher probability",
        constant: "all masks score alike; try more masks"),
      passes: targets.map { _ in Passes(forwards: masks) })
  }
}
