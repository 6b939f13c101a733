import Saliency

/// Where the maps of an augmentation come from, what is made of them, and which pictures change.
///
/// As a method is chosen, `group-cam:formula=repo:every=2`: a method and its settings, and with them
/// those of `settings`. Where both have one of a name, it is the augmentation's. Group-CAM has the
/// variant of the formula unless another is given.
public struct AugmentationOptions: Sendable {
  /// Which description is followed; sets the defaults of the others.
  public enum Formula: String, Sendable, Hashable, CaseIterable {
    /// The paper: `group-cam:variant=fast`, one threshold for each image, a product.
    case paper
    /// The script published with it: `group-cam:variant=paper`, one threshold for all, a sum.
    case repo
  }

  /// What becomes of an image x under its mask B.
  public enum Blend: String, Sendable, Hashable, CaseIterable {
    /// x·B + blur(x)·(1 − B).
    case paper
    /// x·B + blur(x) + (1 − B): a plus where a product is meant.
    case repo
  }

  /// What a map is compared with.
  public enum Threshold: String, Sendable, Hashable, CaseIterable {
    /// Its own mean.
    case image
    /// The mean of all maps that a batch has: what a picture becomes depends on its neighbours.
    case batch
  }

  /// What can be set beside the settings of the method.
  public static let settings: [Setting] = [
    .words("formula", Formula.self, "whose description; sets the defaults of the others"),
    .words("blend", Blend.self, "what becomes of an image under its mask (repo: repo)"),
    .words("threshold", Threshold.self, "whose mean a map is compared with (repo: batch)"),
    Setting("probability", default: "1", .number(0...1), "of a picture, to be changed at all"),
    Setting("after-epoch", default: "0", .integer(0...1_000_000), "epochs without maps at first"),
    Setting("every", default: "1", .integer(1...1_000_000), "maps for one batch of so many"),
  ]

  /// The method that makes the maps.
  public let explainer: any Explainer
  private let chosen: Settings

  /// Options.
  /// - Parameters:
  ///   - method: the method's name, as the catalogue has it.
  ///   - settings: those of the method and of the augmentation, by name.
  /// - Throws: `SettingError` where the method, a setting or a value is unknown.
  public init(
    method: String = GroupCAM.name, settings: [String: String] = [:]
  ) throws(SettingError) {
    let names = Set(Self.settings.map(\.name))
    var chosen = try Settings(
      settings.filter { names.contains($0.key) }, of: Self.settings, method: "augment")
    var rest = settings.filter { !names.contains($0.key) }
    try Self.check(rest.keys.sorted(), of: method)
    let isRepo = chosen.choice("formula", as: Formula.self) == .repo
    if isRepo { chosen.setDefaults(["blend": "repo", "threshold": "batch"]) }
    if method == GroupCAM.name, rest["variant"] == nil {
      let variant: GroupCAM.Variant = isRepo ? .paper : .fast
      rest["variant"] = variant.rawValue
    }
    explainer = try Catalogue.explainer(named: method, settings: rest)
    self.chosen = chosen
  }

  /// Settings that neither the augmentation nor the method has are told beside those of both.
  private static func check(_ names: [String], of method: String) throws(SettingError) {
    guard let known = Catalogue.method(named: method)?.settings.map(\.name) else { return }
    for name in names where !known.contains(name) {
      let all = settings.map(\.name) + known
      throw SettingError(
        "\(method).\(name)",
        "no such setting" + Spelling.suggestion(for: name, among: all)
          + " (\(all.joined(separator: ", ")))")
    }
  }

  /// What becomes of an image under its mask.
  public var blend: Blend { chosen.choice("blend") }

  /// What a map is compared with.
  public var threshold: Threshold { chosen.choice("threshold") }

  /// The augmentation's own settings with the values in force, in the order of `settings`.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The rows of a batch that change, ascending.
  ///
  /// Whether a picture does follows from seed, epoch and sample; whether any may, from the epoch and
  /// the batch.
  package func rows(at place: BatchPlace) -> [Int] {
    guard place.epoch >= chosen.integer("after-epoch"),
      place.batch.isMultiple(of: chosen.integer("every"))
    else { return [] }
    let probability = chosen.number("probability")
    return place.samples.indices.filter { row in
      var draws = SampleDraws(
        seed: place.seed, epoch: place.epoch, sample: place.samples[row], stream: .augmentation)
      return draws.unit() < probability
    }
  }
}
