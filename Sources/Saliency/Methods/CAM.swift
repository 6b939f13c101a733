import Execution
import Graphs
import Operators
import Tensors

/// CAM: activations weighted by the weights of the linear layer behind global average pooling.
///
/// L = Σ_k W[c,k] · A[k]      — Zhou et al. 2016, eq. 2; the bias is not used
///
/// One forward pass and no backward pass. Targets that are no weighted sum of outputs, such as
/// probabilities, take the weights from one backward pass: Σ_ij ∂y/∂A[k,i,j], which is W[c,k] for
/// an output.
public struct CAM: ActivationExplainer {
  /// The method's name on the command line.
  public static let name = "cam"

  /// Zhou and others, 2016.
  public static let citation = Citation(
    paper: "B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, Learning Deep Features for"
      + " Discriminative Localization, CVPR 2016",
    equations: [
      "L = sum_k W[c,k] * A[k], W the linear layer behind global average pooling   (eq. 2)",
      "S = minmax( bilinear(L) )",
    ],
    deviations: [
      "needs global average pooling and one linear layer, or a 1x1 convolution, at the end",
      "no ReLU, as in the paper; relu=true cuts negative evidence off",
      "targets of several outputs weight the rows of W; probabilities take their gradient",
    ])

  /// What can be set.
  public static let settings: [Setting] =
    [Setting("relu", default: "false", .flag, "cut negative evidence off")] + Finish.settings

  /// The settings in force.
  public let chosen: Settings
  /// The common end.
  public let finish: Finish

  /// CAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    finish = Finish(&chosen, rectifies: chosen.flag("relu"))
    self.chosen = chosen
  }

  /// Only where a target is no weighted sum of outputs.
  public func usesGradients(for targets: [Target]) -> Bool {
    targets.contains { $0.head != .logit }
  }

  /// One forward pass, of a network that ends in global average pooling and one linear layer.
  public func needs(_ network: Graph) -> Needs {
    var needs = Needs(passes: Passes(forwards: 1))
    do { _ = try PooledHead(of: network) } catch { needs.obstacle = error.description }
    return needs
  }

  /// The layer must be the one that is pooled.
  public func obstacle(at layer: LayerName, in network: Graph) -> String? {
    guard let head = try? PooledHead(of: network), network.value(of: layer) != head.pooled else {
      return nil
    }
    let name = network.taps.first { $0.value == head.pooled }?.name.text ?? "the one before it"
    return "explains the layer that is pooled, \(name), and not \(layer); give that one, or try"
      + " grad-cam"
  }

  /// One map for each target, at the layer that is pooled.
  /// - Throws: `ExplanationError` where network or layer do not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layers: [LayerName], with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    _ = try PooledHead(of: probe.network)
    for layer in layers {
      _ = try probe.network.activationShape(of: layer)
      if let obstacle = obstacle(at: layer, in: probe.network) { throw .unsuitable(obstacle) }
    }
    return try await fused(targets, at: layers, with: probe)
  }

  /// One map for each target, at the layer that is pooled.
  /// - Throws: `ExplanationError` where network or layer do not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    try await explain(targets, at: [layer], with: probe)
  }

  /// Σ_k α[k] · A[k], `[T, 1, u, v]`; α[k] = sign · Σ_c w[c] · W[c,k].
  /// - Throws: `GraphError` where the layer does not fit.
  public func map(
    of evidence: LayerEvidence, _ network: Graph, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let channels = builder.shape(of: evidence.activations)[1]
    let classes = builder.shape(of: evidence.seeds)[1]
    let head: PooledHead
    do throws(ExplanationError) {
      head = try PooledHead(of: network)
    } catch {
      throw .unsuitable(error.description)
    }
    let copies = try builder.inline(network.with(outputs: [head.weights]), replacing: [:])
    let table = try builder.add(Reshape([classes, channels]), copies)
    let seeds = try builder.add(Multiply(), [evidence.seeds, evidence.signs])
    let row = try builder.add(LinearDataGradient(), [seeds, table])
    var weights = try builder.add(Reshape([1, channels, 1, 1]), [row])
    if let gradients = evidence.gradients {
      let areLogits = try builder.add(Reshape([1, 1, 1, 1]), [evidence.areLogits])
      let others = try builder.add(Subtract(), [builder.constant(1), areLogits])
      let sums = try builder.summedOverPositions(gradients)
      weights = try builder.add(
        Add(),
        [
          builder.add(Multiply(), [weights, areLogits]),
          builder.add(Multiply(), [sums, others]),
        ])
    }
    return try builder.add(WeightedChannelSum(), [evidence.activations, weights])
  }

  /// Why maps may be empty.
  public func emptyReasons(at place: String) -> EmptyReasons {
    EmptyReasons(
      nowherePositive: "no weighted sum is positive at layer \(place): it holds evidence against"
        + " the target only; try target not:... or relu=false",
      constant: "the weighted sum is the same everywhere at layer \(place); try grad-cam at an"
        + " earlier layer")
  }
}
