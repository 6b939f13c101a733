import Execution
import Graphs
import Operators
import Tensors

/// What a class-activation method reads at one layer, as values of a formula; T rows.
public struct LayerEvidence: Sendable {
  /// A, `[T, C, u, v]`.
  public let activations: Value
  /// ∂y/∂A, `[T, C, u, v]`; nil where the method asks for none.
  public let gradients: Value?
  /// The outputs z, `[T, K]`.
  public let outputs: Value
  /// The weights of the outputs in each target, `[T, K]`; signs left out.
  public let seeds: Value
  /// -1 where a target is negated, else 1: `[T, 1]`.
  public let signs: Value
  /// 1 where the target is a weighted sum of outputs, else 0: `[T, 1]`.
  public let areLogits: Value

  /// ∂y/∂A.
  /// - Throws: `GraphError.unsuitable` where none was asked for.
  public func gradient() throws(GraphError) -> Value {
    guard let gradients else { throw .unsuitable("no gradient was asked for") }
    return gradients
  }
}

/// A class-activation method: a formula from activations and gradients at a layer to a small map.
///
/// Evidence, the common end and the fusion of several layers are the same for all of them. One
/// forward and at most one backward pass serve all layers.
public protocol ActivationExplainer: Explainer {
  /// The settings in force.
  var chosen: Settings { get }
  /// The common end.
  var finish: Finish { get }

  /// Whether the formula reads gradients for these targets.
  func usesGradients(for targets: [Target]) -> Bool

  /// The map of one layer before the common end, `[T, 1, u, v]`.
  /// - Parameters:
  ///   - evidence: what is known at the layer.
  ///   - network: the network, for methods that read its weights.
  ///   - builder: the formula.
  /// - Returns: L, not yet rectified.
  /// - Throws: `GraphError` where the formula does not fit.
  func map(
    of evidence: LayerEvidence, _ network: Graph, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value

  /// Why maps may be empty, where `place` is `layer4` or `layer3, layer4`.
  func emptyReasons(at place: String) -> EmptyReasons
}

extension ActivationExplainer {
  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// How maps of several layers become one; nil where each layer has its own map.
  public var fusion: Fusion? { Fusion(chosen) }

  /// The Keras tutorial resizes the map of the layer to the picture's own size; fused maps have no
  /// layer.
  public var isDrawnAtOnce: Bool { finish.order == .blog && fusion == nil }

  /// Most formulas read gradients.
  public func usesGradients(for targets: [Target]) -> Bool { true }

  /// One forward pass, and one backward pass where gradients are read; any network will do.
  public func needs(_ network: Graph) -> Needs {
    Needs(passes: Passes(forwards: 1, backwards: usesGradients(for: []) ? 1 : 0))
  }

  /// Activations, and gradients where they are read.
  public func query(_ targets: [Target], at layers: [LayerName]) -> Query? {
    Query(
      targets: targets, activations: layers,
      gradients: usesGradients(for: targets) ? layers : [])
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the layer does not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    try await explain(targets, at: [layer], with: probe)
  }

  /// One map for each target, of all layers together.
  /// - Throws: `ExplanationError` where a layer does not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layers: [LayerName], with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    try await fused(targets, at: layers, with: probe)
  }

  /// The way of all methods: evidence of all layers at once, one formula.
  func fused(
    _ targets: [Target], at layers: [LayerName], with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    // One map that is fused is that map; the record says so.
    let fusion = layers.count > 1 ? self.fusion : nil
    guard !layers.isEmpty, layers.count == 1 || fusion != nil else {
      throw .unsuitable(
        "\(Self.name) makes one map of \(layers.count) layers with fuse=mean or max")
    }
    let usesGradients = usesGradients(for: targets)
    let evidence = try await probe.evidence(
      Query(targets: targets, activations: layers, gradients: usesGradients ? layers : []))
    var tensors = [
      evidence.outputs, evidence.seeds,
      try await probe.upload(
        HostTensor(
          [targets.count, 2], targets.flatMap { [$0.sign, $0.head == .logit ? 1 : 0] })),
    ]
    var names = ["logits"]
    for layer in layers {
      guard let activations = evidence.activations[layer] else {
        throw .unknownLayer(layer, nearest: [])
      }
      tensors.append(activations)
      names.append("activations of \(layer)")
      guard usesGradients else { continue }
      guard let gradients = evidence.gradients[layer] else {
        throw .unknownLayer(layer, nearest: [])
      }
      tensors.append(gradients)
      names.append("gradients at \(layer)")
    }
    let (height, width) = (probe.images.shape[2], probe.images.shape[3])
    let network = probe.network
    let results = try await probe.compute(tensors) { (builder, inputs) throws(GraphError) in
      let maps = try maps(inputs, usesGradients, network, in: &builder)
      let checked = [inputs[0]] + inputs[3...]
      let checks = try checked.map { value throws(GraphError) in
        try builder.finiteCheck(value)
      }
      guard let fusion else {
        let end = try finish.apply(to: maps[0], height: height, width: width, in: &builder)
        return [end.map, maps[0], end.ranges, end.extremes] + checks
      }
      let end = try finish.apply(to: maps, fusion, height: height, width: width, in: &builder)
      return [end.map, end.fused, end.ranges, end.extremes] + checks
    }
    var notes: [Note] = []
    if let fusion = self.fusion, layers.count == 1 {
      notes = targets.indices.map { Note(target: $0, fusion.onlyOneLayer) }
    }
    return Explanation(
      maps: results[0], raw: results[1], ranges: results[2], extremes: results[3],
      checks: zip(names, results[4...]).map { ($0, $1) },
      emptyReasons: emptyReasons(at: layers.map(\.text).joined(separator: ", ")), notes: notes,
      passes: targets.map { target in
        Passes(forwards: 1, backwards: self.usesGradients(for: [target]) ? 1 : 0)
      })
  }

  /// The small map of each layer.
  private func maps(
    _ inputs: [Value], _ usesGradients: Bool, _ network: Graph, in builder: inout GraphBuilder
  ) throws(GraphError) -> [Value] {
    let signs = try builder.add(Slice(axis: 1, range: 0..<1), [inputs[2]])
    let areLogits = try builder.add(Slice(axis: 1, range: 1..<2), [inputs[2]])
    var maps: [Value] = []
    let step = usesGradients ? 2 : 1
    for place in stride(from: 3, to: inputs.count, by: step) {
      let evidence = LayerEvidence(
        activations: inputs[place], gradients: usesGradients ? inputs[place + 1] : nil,
        outputs: inputs[0], seeds: inputs[1], signs: signs, areLogits: areLogits)
      maps.append(try map(of: evidence, network, in: &builder))
    }
    return maps
  }
}

extension Finish {
  /// The settings of the common end, in the order in which they are listed.
  static let settings: [Setting] = [
    .words("finish", Order.self, "order of normalising and upsampling, as in that code"),
    .words("resize", Resize.self, "upsampling; finish=raw aligns corners by default"),
    Fusion.setting,
  ]

  /// The finish of a method's settings.
  ///
  /// `finish=raw` aligns corners unless `resize` is given, so its default is set in `chosen`.
  init(_ chosen: inout Settings, rectifies: Bool = true, gamma: Float = 0) {
    let order: Order = chosen.choice("finish")
    if order == .raw { chosen.setDefaults(["resize": Resize.alignCorners.rawValue]) }
    self.init(
      order: order, resize: chosen.choice("resize"), rectifies: rectifies, gamma: gamma)
  }
}

extension GraphBuilder {
  /// Σ over positions, `[T, C, 1, 1]` from `[T, C, u, v]`.
  mutating func summedOverPositions(_ value: Value) throws(GraphError) -> Value {
    try add(ReduceSum(axes: [2, 3], keepsAxes: true), [value])
  }

  /// Σ_k v[k], `[T, 1, u, v]` from `[T, C, u, v]`.
  mutating func summedOverChannels(_ value: Value) throws(GraphError) -> Value {
    try add(ReduceSum(axes: [1], keepsAxes: true), [value])
  }

  /// 1 where a value is not zero, else 0.
  mutating func isNotZero(_ value: Value) throws(GraphError) -> Value {
    let isPositive = try add(Step(), [value])
    let isNegative = try add(Step(), [add(Multiply(), [value, constant(-1)])])
    return try add(Add(), [isPositive, isNegative])
  }

  /// a / b, and 0 where b is 0.
  mutating func quotient(_ a: Value, _ b: Value) throws(GraphError) -> Value {
    let flag = try isNotZero(b)
    return try add(Multiply(), [add(Divide(), [a, orOne(b, where: flag)]), flag])
  }
}
