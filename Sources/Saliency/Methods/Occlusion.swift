import Execution
import Graphs
import Operators
import Tensors

/// Occlusion: how much the target falls when a window of the image is hidden.
///
/// e[k] = y(x) − y(x with window k replaced by the baseline); S[i, j] is the mean of e[k] over the
/// windows that cover (i, j) — Zeiler and Fergus, Visualizing and Understanding Convolutional
/// Networks, 2014, section 2.1.
///
/// The map has both signs. The layer does not count. All targets of an image share its passes.
public struct Occlusion: Explainer {
  /// Whose program is followed; sets the defaults of the other settings.
  public enum Preset: String, Sendable, Hashable, CaseIterable {
    /// Windows of 15 pixels, 8 apart.
    case standard = "default"
    /// Captum with stride 1.
    case captum
    /// PAIR saliency.
    case pair
    /// tf-explain.
    case tfExplain = "tf-explain"
    /// The paper.
    case zeiler
  }

  /// What happens to windows at the border.
  public enum Edge: String, Sendable, Hashable, CaseIterable {
    /// The last window is cut off.
    case cut
    /// Only whole windows.
    case inside
  }

  /// How the falls of windows become a map.
  public enum Aggregate: String, Sendable, Hashable, CaseIterable {
    /// The mean over the windows that cover a pixel.
    case mean
    /// Their sum.
    case sum
    /// A grid with a value for each window, enlarged.
    case position
  }

  /// What is measured.
  public enum Score: String, Sendable, Hashable, CaseIterable {
    /// The value of the target.
    case target
    /// Its probability.
    case probability
  }

  /// What a window is worth.
  public enum Value: String, Sendable, Hashable, CaseIterable {
    /// What the score loses.
    case drop
    /// What the score lacks of one.
    case complement
  }

  /// The method's name on the command line.
  public static let name = "occlusion"

  /// Zeiler and Fergus, 2014.
  public static let citation = Citation(
    paper: "M. D. Zeiler, R. Fergus, Visualizing and Understanding Convolutional Networks, ECCV"
      + " 2014, arXiv 1311.2901",
    equations: [
      "e[k] = y(x) - y(x with window k replaced by the baseline)   (section 2.1)",
      "S[i,j] = sum of e[k] over the windows that cover (i,j) / their number",
    ],
    deviations: [
      "the paper gives neither size nor stride of the window; 15 and 8 here",
      "preset=captum: stride 1; preset=pair: stride 1, whole windows, sum",
      "preset=tf-explain: stride = window, grey, 1 - p enlarged; height and width are not swapped",
      "preset=zeiler: grey, p(x) - p(x[k]) enlarged, not p(x[k]): the same up to sign and a constant",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    .words("preset", Preset.self, "whose program; sets the defaults of the others"),
    Setting("window", default: "15", .integer(1...65_536), "side of a window in pixels"),
    Setting(
      "stride", default: "8", .integer(1...65_536),
      "pixels from window to window (captum, pair: 1; tf-explain: the window)"),
    Setting(
      "baseline", default: "zero", .choice(Baseline.Kind.allCases.map(\.rawValue)),
      "what replaces a window (tf-explain, zeiler: grey)"),
    .words("edge", Edge.self, "windows at the border (pair: inside)"),
    .words("agg", Aggregate.self, "how windows add up (pair: sum; tf-explain, zeiler: position)"),
    .words("score", Score.self, "what is measured (tf-explain, zeiler: probability)"),
    .words(
      "value", Value.self, "what a window is worth, of probabilities (tf-explain: complement)"),
  ]

  private let chosen: Settings
  private let window: Int
  private let stride: Int
  private let baseline: Baseline

  /// Occlusion with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown, the stride leaves gaps, or a value
  ///   needs probabilities and there are none.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    let grey = ["baseline": Baseline.Kind.grey.rawValue, "agg": "position", "score": "probability"]
    switch chosen.choice("preset", as: Preset.self) {
    case .standard: break
    case .captum: chosen.setDefaults(["stride": "1"])
    case .pair: chosen.setDefaults(["stride": "1", "edge": "inside", "agg": "sum"])
    case .tfExplain:
      chosen.setDefaults(grey)
      chosen.setDefaults(["stride": chosen.text("window"), "value": "complement"])
    case .zeiler: chosen.setDefaults(grey)
    }
    self.chosen = chosen
    window = chosen.integer("window")
    stride = chosen.integer("stride")
    baseline = Baseline(chosen.choice("baseline"))
    guard stride <= window else {
      throw SettingError(
        "\(Self.name).stride",
        "\(stride) leaves gaps between windows of \(window); at most \(window) will do")
    }
    guard chosen.text("value") != "complement" || chosen.text("score") == "probability" else {
      throw SettingError(
        "\(Self.name).value", "complement is 1 - p; add score=probability, or take drop")
    }
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The windows do not depend on the target.
  public var sharesPasses: Bool { true }

  /// Only the image is hidden.
  public var readsLayer: Bool { false }

  /// Evidence against the target is dark.
  public var evidenceRange: EvidenceRange { .span }

  /// The clean image and every window.
  public func needs(_ network: Graph) -> Needs {
    let shape = network.inputs.first.map { network[$0].shape } ?? []
    guard shape.rank == 4 else { return Needs(passes: Passes(forwards: 1)) }
    let count = Self.starts(shape[2], self).count * Self.starts(shape[3], self).count
    return Needs(
      passes: Passes(forwards: count + 1), obstacle: obstacle(height: shape[2], width: shape[3]))
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the images do not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let (height, width) = (probe.images.shape[2], probe.images.shape[3])
    if let obstacle = obstacle(height: height, width: width) { throw .unsuitable(obstacle) }
    let substitute = try await baseline.images(of: probe)
    let views = try await probe.views(for: targets, activations: [])
    let (rows, columns) = (Self.starts(height, self), Self.starts(width, self))
    let boxes = rows.flatMap { y in
      columns.flatMap { x in
        [y, min(y + window, height), x, min(x + window, width)].map(Float.init)
      }
    }
    let count = rows.count * columns.count
    let windows = try await probe.upload(HostTensor([count, 4], boxes))
    func field(hides: Bool) -> MaskField {
      MaskField(
        geometry: .boxes(windows, hides: hides), count: count, images: views.images)
    }
    var scored = TargetValue.scored(targets)
    if isProbability {
      for place in scored.indices { scored[place].score = targets[place].score }
    }
    let clean = try await probe.scores(
      of: views, scored)
    let table = try await probe.scores(
      under: field(hides: true), baseline: substitute, scored, seeds: views.seeds)
    let kinds = try await probe.upload(TargetValue.kinds(of: targets))
    let falls = try await probe.compute([clean, table, kinds]) {
      (builder, inputs) throws(GraphError) in
      [
        try fall(from: inputs[0], to: inputs[1], kinds: inputs[2], in: &builder),
        try builder.finiteCheck(inputs[0]), try builder.finiteCheck(inputs[1]),
      ]
    }
    let maps: any ResidentTensor
    if chosen.choice("agg", as: Aggregate.self) == .position {
      maps = try await probe.compute([falls[0]]) { (builder, inputs) throws(GraphError) in
        let grid = try builder.add(Reshape([1, 1, rows.count, columns.count]), inputs)
        let resize = ResizeBilinear(height: height, width: width, alignsCorners: false)
        return [try builder.add(resize, [grid])]
      }[0]
    } else {
      maps = try await merged(field(hides: false), falls[0], rows, columns, probe)
    }
    return try await finished(maps, targets, falls, probe)
  }

  /// The sum of the falls of the windows over each pixel, or their mean; 0 where there is none.
  private func merged(
    _ field: MaskField, _ falls: any ResidentTensor, _ rows: [Int], _ columns: [Int],
    _ probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let sum = try await probe.merge(field, weights: falls)
    guard chosen.choice("agg", as: Aggregate.self) == .mean else { return sum }
    let (height, width) = (sum.shape[2], sum.shape[3])
    let down = (0..<height).map { y in rows.count { $0 <= y && y < $0 + window } }
    let across = (0..<width).map { x in columns.count { $0 <= x && x < $0 + window } }
    let number = HostTensor<Float>([1, 1, height, width]) {
      Float(max(down[$0 / width] * across[$0 % width], 1))
    }
    return try await probe.compute([sum]) { (builder, inputs) throws(GraphError) in
      [try builder.add(Divide(), [inputs[0], builder.constant(number)])]
    }[0]
  }

  private func finished(
    _ maps: any ResidentTensor, _ targets: [Target], _ falls: [any ResidentTensor],
    _ probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let ranges = try await probe.compute([maps]) { (builder, inputs) throws(GraphError) in
      [try builder.range(of: inputs[0])]
    }
    let count = falls[0].shape[1]
    return Explanation(
      maps: maps, raw: maps, ranges: ranges[0], extremes: ranges[0],
      checks: [("the score of the image", falls[1]), ("scores", falls[2])],
      emptyReasons: EmptyReasons(
        nowherePositive: "no window changes the score at all; try a larger window or another"
          + " baseline",
        constant: "every window changes the score alike; try a smaller window"),
      passes: targets.map { _ in Passes(forwards: count + 1) })
  }

  private func obstacle(height: Int, width: Int) -> String? {
    guard window <= min(height, width) else {
      return "a window of \(window) pixels does not fit into images of \(height)x\(width); try"
        + " window=\(max(min(height, width) / 4, 1))"
    }
    return baseline.obstacle(height: height, width: width)
  }

  /// The first pixel of each window along a side.
  private static func starts(_ extent: Int, _ method: Occlusion) -> [Int] {
    guard method.window <= extent else { return [0] }
    let rest = extent - method.window
    let isCut = method.chosen.choice("edge", as: Edge.self) == .cut
    let steps = isCut ? (rest + method.stride - 1) / method.stride : rest / method.stride
    return (0...steps).map { $0 * method.stride }
  }

  /// e, signed: what each window takes from the target, or what it leaves a probability short of one.
  private func fall(
    from clean: Graphs.Value, to masked: Graphs.Value, kinds: Graphs.Value,
    in builder: inout GraphBuilder
  ) throws(GraphError) -> Graphs.Value {
    guard isProbability else {
      return try builder.add(
        Subtract(),
        [
          builder.targetValue(of: clean, kinds: kinds),
          builder.targetValue(of: masked, kinds: kinds),
        ])
    }
    let isComplement = chosen.choice("value", as: Value.self) == .complement
    let before = isComplement ? builder.constant(1) : clean
    let sign = try builder.add(Slice(axis: 1, range: 0..<1), [kinds])
    return try builder.add(Multiply(), [builder.add(Subtract(), [before, masked]), sign])
  }

  private var isProbability: Bool { chosen.choice("score", as: Score.self) == .probability }
}
