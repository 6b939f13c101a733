import Execution
import Graphs
import Tensors

/// What a method asks of one forward and at most one backward pass.
public struct Query: Sendable, Hashable {
  /// The targets; a row of the evidence for each.
  public var targets: [Target]
  /// The layers whose activations are wanted.
  public var activations: [LayerName]
  /// The layers with respect to whose activations the targets are differentiated.
  public var gradients: [LayerName]
  /// How relevance passes the nodes on the way back.
  public var rules: RuleBook

  /// A query.
  public init(
    targets: [Target], activations: [LayerName] = [], gradients: [LayerName] = [],
    rules: RuleBook = .derivative
  ) {
    self.targets = targets
    self.activations = activations
    self.gradients = gradients
    self.rules = rules
  }
}

/// The answer to a query: one row for each target, T rows.
public struct Evidence: Sendable {
  /// `[T, K]`: the outputs of the clean image of each target, before softmax or sigmoid.
  public var outputs: any ResidentTensor
  /// `[T, K]`: the weights of the outputs in each target; `top` choices resolved.
  public var seeds: any ResidentTensor
  /// `[T, C, u, v]` for each layer asked for.
  public var activations: [LayerName: any ResidentTensor]
  /// `[T, C, u, v]` for each layer asked for.
  public var gradients: [LayerName: any ResidentTensor]
}

/// Everything that a method may ask of a network; always a batch.
///
/// A method reaches the network only through a probe, so a test can answer with numbers made by
/// hand. Tensors stay on the device.
public protocol Probe: Sendable {
  /// The network, its taps and its shapes.
  var network: Graph { get }

  /// `[N, C, H, W]`: the images, normalised as the network expects.
  var images: any ResidentTensor { get }

  /// One forward and at most one backward pass; cached, so that methods share it.
  /// - Throws: `ExplanationError` where a layer is unknown or the engine fails.
  func evidence(_ query: Query) async throws(ExplanationError) -> Evidence

  /// The scores of masked images, `[T, M]`: mask m of field t over the image of target t.
  ///
  /// A masked image is m·x + (1 − m)·baseline. Live masks of all targets are packed into forward
  /// runs of up to the capacity of the session.
  /// - Parameters:
  ///   - field: a field of M masks for each target, in the order of the targets.
  ///   - baseline: `[N, C, H, W]`.
  ///   - targets: the targets, T of them.
  ///   - seeds: `[T, K]`, from the evidence.
  /// - Throws: `ExplanationError` where the engine fails.
  func scores(
    under field: MaskField, baseline: any ResidentTensor, _ targets: [Target],
    seeds: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor

  /// The sum of the masks of each field under weights `[T, M]`: maps `[T, 1, H, W]`.
  ///
  /// Summed on the grid, where that is exact, and upsampled once.
  /// - Throws: `ExplanationError` where the engine fails.
  func merge(
    _ field: MaskField, weights: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor

  /// Puts a small tensor on the device.
  /// - Throws: `ExplanationError` where the engine fails.
  func upload(_ tensor: HostTensor<Float>) async throws(ExplanationError) -> any ResidentTensor

  /// A small formula over resident tensors, compiled once and cached by structure.
  ///
  /// All inputs with the most rows (T) share the row axis; the body builds the graph.
  /// - Throws: `ExplanationError` where the formula does not fit or the engine fails.
  func compute(
    _ inputs: [any ResidentTensor],
    _ body: @Sendable (inout GraphBuilder, [Value]) throws(GraphError) -> [Value]
  ) async throws(ExplanationError) -> [any ResidentTensor]
}
