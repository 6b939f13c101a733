import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// What ROAD and ARCC share: pixels are removed by rank, in both orders, filled in from their
/// neighbours, and the score is compared with that of the clean image.
struct RemoveAndDebias: Sendable, Hashable {
  /// How the removed pixels are found.
  enum Selection: String, Sendable, Hashable, CaseIterable {
    /// So many of them, ties in a random order.
    case rank
    /// Those at or above a percentile, ties together.
    case threshold
  }

  /// What is compared.
  enum Score: String, Sendable, Hashable, CaseIterable {
    /// The score of masks: the probability.
    case probability = "prob"
    /// The value of the target.
    case logit
  }

  /// What stands in for removed pixels.
  enum Imputation: String, Sendable, Hashable, CaseIterable {
    /// The weighted mean of the neighbours, and noise.
    case linear
    /// The mean of each channel of the image.
    case mean
    /// Zeros of the normalised space.
    case zero
  }

  /// Where the noise is measured.
  enum Space: String, Sendable, Hashable, CaseIterable {
    /// In the values that the network gets.
    case normalised
    /// In pixel values, black 0 and white 1.
    case image
  }

  /// What stands before the names of the settings.
  static let family = "road"

  /// What can be set.
  static let settings: [Setting] = [
    Setting(
      "percentiles", default: "20,40,60,80", .numbers(0...100),
      "the percentiles above which pixels are removed; 20 removes 80 % of them"),
    Setting(
      "noise", default: "0.01", .number(0...10), "deviation of the noise on filled-in pixels"),
    .words(
      "select", Selection.self, "how pixels are found: so many, or all that reach a percentile"),
    .words("score", Score.self, "what is compared"),
    .words("impute", Imputation.self, "what stands in for removed pixels"),
    .words("space", Space.self, "where the noise is measured"),
  ]

  private let percentiles: [Double]
  private let noise: Double
  private let selection: Selection
  private let score: Score
  private let imputation: Imputation
  private let space: Space

  /// What settings ask for.
  init(_ chosen: Settings) {
    percentiles = chosen.numbers("percentiles")
    noise = chosen.number("noise")
    selection = chosen.choice("select")
    score = chosen.choice("score")
    imputation = chosen.choice("impute")
    space = chosen.choice("space")
  }

  /// The measurements that metrics share.
  private var key: String {
    "road \(percentiles) \(noise) \(selection) \(score) \(imputation) \(space)"
  }

  /// A pass for each percentile and order.
  var cost: MetricCost { MetricCost(key, passes: Passes(forwards: forwards)) }

  private var forwards: Int { 2 * percentiles.count }

  /// For each subject, (LeRF − MoRF) / 2 with both as parts, and the change at each percentile.
  /// - Throws: `ExplanationError` where the engine fails.
  func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    return try await subjects.measurements(key) { () async throws(ExplanationError) in
      let targets = subjects.targets.map { target in
        var scored = target
        if score == .logit { scored.score = .value }
        return scored
      }
      let views = try await probe.views(for: targets, activations: [])
      let clean = try await read(probe.scores(of: views, targets))
      var changes: [HostTensor<Float>] = []
      var emptied = [Int](repeating: 0, count: targets.count)
      let baseline = try await baseline(with: probe)
      for isReversed in [false, true] {
        var (field, shown) = try await field(of: subjects, isReversed: isReversed, with: probe)
        for target in targets.indices {
          emptied[target] += shown.rows(target..<target + 1).elements.count { $0 == 0 }
        }
        if imputation == .linear {
          field.fill = .imputation(noise: levels(of: probe), seed: probe.seed)
        }
        changes.append(
          try await read(
            probe.scores(under: field, baseline: baseline, targets, seeds: views.seeds)))
      }
      let empty = try await subjects.degenerate(with: probe)
      return targets.indices.map { target in
        let curves = changes.map { table in
          table.rows(target..<target + 1).elements.map { Double($0) - Double(clean[target]) }
        }
        let means = curves.map { $0.reduce(0, +) / Double($0.count) }
        let count = emptied[target]
        return Measurement(
          finite: (means[1] - means[0]) / 2,
          reason: count > 0 ? "\(count) of \(forwards) levels remove every pixel" : nil,
          isDegenerate: empty[target],
          parts: [
            .init("morf", means[0]), .init("lerf", means[1]), .init("emptied", Double(count)),
          ],
          curves: [.init("morf", curves[0]), .init("lerf", curves[1])])
      }
    }
  }

  /// The deviation of the noise in each channel.
  private func levels(of probe: some Probe) -> [Float] {
    let channels = probe.images.shape[1]
    guard space == .image else { return [Float](repeating: Float(noise), count: channels) }
    return (0..<channels).map { channel in
      let black = probe.blackLevel[channel % probe.blackLevel.count]
      let white = probe.whiteLevel[channel % probe.whiteLevel.count]
      return Float(noise * (Double(white) - Double(black)))
    }
  }

  private func baseline(
    with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    switch imputation {
    case .linear: return probe.images
    case .zero: return try await Baseline(.zero).images(of: probe)
    case .mean:
      return try await probe.compute([probe.images]) { (builder, inputs) throws(GraphError) in
        let mean = try builder.add(ReduceMean(axes: [2, 3], keepsAxes: true), inputs)
        return [try builder.add(Broadcast(), [mean, inputs[0]])]
      }[0]
    }
  }

  /// Masks that hide the pixels of each percentile, the most important first or the least, and how
  /// many pixels each leaves, `[T, M]`.
  private func field(
    of subjects: Subjects, isReversed: Bool, with probe: some Probe
  ) async throws(ExplanationError) -> (field: MaskField, shown: HostTensor<Float>) {
    let (count, percentiles) = (subjects.maps.shape.row.elementCount, percentiles)
    guard selection == .rank else {
      let results = try await probe.compute([subjects.maps]) {
        (builder, inputs) throws(GraphError) in
        let unit = try builder.add(MinMax(), inputs)
        let map = try builder.add(
          Reshape([1, count]),
          [isReversed ? builder.add(Subtract(), [builder.constant(1), unit]) : unit])
        let masks = try percentiles.map { theta throws(GraphError) in
          let limit = try builder.add(Percentile(theta: Float(theta), axes: [1]), [map])
          let isShown = try builder.add(
            Step(), [builder.add(Subtract(), [limit, map])])
          return try builder.add(Reshape([1, 1, count]), [isShown])
        }
        let all = masks.count > 1 ? try builder.add(Concat(axis: 1), masks) : masks[0]
        return [all, try builder.add(ReduceSum(axes: [2], keepsAxes: false), [all])]
      }
      return (
        MaskField(geometry: .dense(results[0]), count: percentiles.count),
        try await read(results[1])
      )
    }
    let removed = percentiles.map { theta in
      Float(((1 - theta / 100) * Double(count) + 0.5).rounded(.down))
    }
    let ties = try await probe.take(
      subjects.targets.map { _ in 0 },
      of: probe.upload(HostTensor([1, count], Self.ties(count, seed: probe.seed))))
    let ranks = try await probe.compute([subjects.maps, ties]) {
      (builder, inputs) throws(GraphError) in
      let map = try builder.add(
        Multiply(), [inputs[0], builder.constant(isReversed ? -1 : 1)])
      return [try builder.add(Rank(), [builder.add(Reshape([1, count]), [map]), inputs[1]])]
    }[0]
    let field = MaskField(
      geometry: .rank(
        ranks: ranks, thresholds: try await probe.upload(HostTensor([removed.count, 1], removed)),
        hides: true), count: removed.count)
    let left = HostTensor<Float>([subjects.targets.count, removed.count]) { place in
      Float(count) - removed[place % removed.count]
    }
    return (field, left)
  }

  /// The place of each pixel in the order of the random words of equal pixels, then in raster order.
  private static func ties(_ count: Int, seed: UInt64) -> [Float] {
    let philox = Philox(seed: seed)
    let words = (0..<count).map { philox.word(UInt64($0), stream: .ties) }
    var places = [Float](repeating: 0, count: count)
    let order = words.indices.sorted { (words[$0], $0) < (words[$1], $1) }
    for (rank, pixel) in order.enumerated() { places[pixel] = Float(rank) }
    return places
  }
}
