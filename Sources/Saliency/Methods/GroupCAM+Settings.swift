import Operators

extension GroupCAM {
  /// Which description is followed; sets the defaults of the other settings.
  public enum Variant: String, Sendable, Hashable, CaseIterable {
    /// The paper.
    case paper
    /// The published repository.
    case head
    /// The paper's variant for training.
    case fast
  }

  /// What a percentile is taken over.
  public enum Scope: String, Sendable, Hashable, CaseIterable {
    /// The values of one group.
    case group
    /// The values of all groups.
    case joint
  }

  /// What weights the channels.
  public enum Weights: String, Sendable, Hashable, CaseIterable {
    /// The mean gradient of the target.
    case gradient
    /// Nothing: no backward pass.
    case none
  }

  /// What a mask scores.
  public enum Score: String, Sendable, Hashable, CaseIterable {
    /// The score of the masked image less that of the baseline.
    case probMinusBaseline = "prob-minus-baseline"
    /// The score of the masked image.
    case prob
  }

  /// Which maps are summed.
  public enum Merge: String, Sendable, Hashable, CaseIterable {
    /// The masks.
    case normalised
    /// The upsampled groups as they were.
    case raw
  }

  /// Where negative evidence is cut off.
  public enum Rectify: String, Sendable, Hashable, CaseIterable {
    /// After the sum.
    case sum
    /// At each score.
    case each
  }

  /// When groups are normalised.
  public enum Order: String, Sendable, Hashable, CaseIterable {
    /// After upsampling.
    case upsampleThenNorm = "upsample-then-norm"
    /// Before.
    case normThenUpsample = "norm-then-upsample"
  }

  /// How channels find their groups.
  public enum Cluster: String, Sendable, Hashable, CaseIterable {
    /// Neighbours are a group.
    case none
    /// k-means of the weighted channels.
    case kmeans
    /// Ward's clustering of the weighted channels.
    case ward
  }

  /// The first centres of k-means.
  public enum FirstCentres: String, Sendable, Hashable, CaseIterable {
    /// Far from each other, no chance involved.
    case distant
    /// Drawn with the seed, as k-means++ does.
    case plusplus
  }

  /// What can be set.
  public static let settings: [Setting] = [
    .words("variant", Variant.self, "whose description; sets the defaults of the others"),
    Setting("groups", default: "32", .integer(1...65_536), "groups of channels (fast: 16)"),
    Setting(
      "theta", default: "70", .number(0...100),
      "percentile below which a group is cleared; 0: off (head, fast: 0)"),
    .words("theta-scope", Scope.self, "one percentile for each group, or for all together"),
    .words("weights", Weights.self, "channel weights (fast: none)"),
    .words("score", Score.self, "what a mask scores"),
    .words("merge", Merge.self, "which maps are summed (head: raw)"),
    .words("rectify", Rectify.self, "where negative evidence is cut off (head: each)"),
    .words("norm-order", Order.self, "when groups are normalised"),
    .words("cluster", Cluster.self, "groups of neighbours, or of channels that are alike"),
    .words("kmeans-init", FirstCentres.self, "first centres of cluster=kmeans"),
    Setting(
      "seed", default: "0", .integer(0...9_007_199_254_740_991), "of kmeans-init=plusplus"),
    .words("baseline", Baseline.Kind.self, "what shows where a mask hides the image"),
    Setting("split", default: "balanced", .choice(["balanced", "chunk"]), "how channels group"),
    Setting("blur-size", default: "51", .oddInteger(3...1023), "width of the blur in pixels"),
    Setting("blur-sigma", default: "50", .number(0.01...10_000), "deviation of the blur in pixels"),
    Fusion.setting,
  ]
}
