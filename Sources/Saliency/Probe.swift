import Execution
import Graphs
import Operators
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
  /// `[T, K]`: the weights of the outputs in each target; `top` choices resolved, signs left out.
  public var seeds: any ResidentTensor
  /// `[T, C, u, v]` for each layer asked for.
  public var activations: [LayerName: any ResidentTensor]
  /// `[T, C, u, v]` for each layer asked for.
  public var gradients: [LayerName: any ResidentTensor]

  /// Evidence.
  public init(
    outputs: any ResidentTensor, seeds: any ResidentTensor,
    activations: [LayerName: any ResidentTensor] = [:],
    gradients: [LayerName: any ResidentTensor] = [:]
  ) {
    self.outputs = outputs
    self.seeds = seeds
    self.activations = activations
    self.gradients = gradients
  }
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

  /// The normalised value of a black pixel, for each channel.
  var blackLevel: [Float] { get }

  /// The normalised value of a white pixel, for each channel.
  var whiteLevel: [Float] { get }

  /// One forward and at most one backward pass; cached, so that methods share it.
  /// - Throws: `ExplanationError` where a layer is unknown or the engine fails.
  func evidence(_ query: Query) async throws(ExplanationError) -> Evidence

  /// The same for images of a method's own making: mixed with a baseline, noisy, perturbed.
  ///
  /// Row r is image r under target r. Of a target only its head and its sign count: the outputs
  /// that it reads are those of the clean image, as `seeds` has them. Nothing is cached. Memory
  /// grows with the rows handed over, so a method hands over a fixed number at once.
  /// - Parameters:
  ///   - query: R targets.
  ///   - images: `[R, C, H, W]`, normalised as the network expects.
  ///   - seeds: `[R, K]`, rows of the seeds of the clean images' evidence.
  /// - Returns: evidence of R rows; its seeds are those handed over.
  /// - Throws: `ExplanationError` where a layer is unknown, the shapes do not fit or the engine
  ///   fails.
  func evidence(
    _ query: Query, on images: any ResidentTensor, seeds: any ResidentTensor
  ) async throws(ExplanationError) -> Evidence

  /// Rows of a tensor in any order, repeated where asked.
  /// - Throws: `ExplanationError` where the engine fails.
  func take(
    _ rows: [Int], of tensor: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor

  /// The scores of masked images, `[T, M]`: mask m of field t over the image of target t.
  ///
  /// A masked image is m·x + (1 − m)·baseline. Live masks of all targets are packed into forward
  /// runs of up to the capacity of the session.
  /// - Parameters:
  ///   - field: a field of M masks for each target, in the order of the targets.
  ///   - baseline: `[N, C, H, W]`.
  ///   - targets: the targets, T of them.
  ///   - seeds: `[T, K]`, from the evidence.
  /// - Returns: scores `[T, M]`, zero for skipped masks.
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
  /// All inputs have the same leading extent, which becomes the row axis; the body builds the
  /// graph, and every output has rows.
  /// - Throws: `ExplanationError` where the formula does not fit or the engine fails.
  func compute(
    _ inputs: [any ResidentTensor],
    _ body: @Sendable (inout GraphBuilder, [Value]) throws(GraphError) -> [Value]
  ) async throws(ExplanationError) -> [any ResidentTensor]
}

extension Probe {
  /// The sum of the masks of each field under weights `[T, M]`: maps `[T, 1, H, W]`.
  ///
  /// Bilinear weights sum to one, so on a grid Σ_m w·(scale·up(map) + offset) is
  /// up(Σ_m w·scale·map) + Σ_m w·offset, with one upsampling for each field.
  /// - Throws: `ExplanationError` where the engine fails.
  public func merge(
    _ field: MaskField, weights: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    let (height, width) = (images.shape[2], images.shape[3])
    let count = field.count
    let merged: [any ResidentTensor]
    switch field.geometry {
    case .dense(let masks):
      merged = try await compute([masks, weights]) { (builder, inputs) throws(GraphError) in
        let maps = try builder.add(Reshape([1, count, height, width]), [inputs[0]])
        let spread = try builder.add(Reshape([1, count, 1, 1]), [inputs[1]])
        return [try builder.add(WeightedChannelSum(), [maps, spread])]
      }
    case .grid(let maps, let affine, let rows, let columns, let alignsCorners):
      merged = try await compute([maps, affine, weights]) { (builder, inputs) throws(GraphError) in
        let column = Reshape([1, count])
        let scale = try builder.add(
          column, [builder.add(Slice(axis: 2, range: 0..<1), [inputs[1]])])
        let offset = try builder.add(
          column, [builder.add(Slice(axis: 2, range: 1..<2), [inputs[1]])])
        let scaled = try builder.add(Multiply(), [inputs[2], scale])
        let grids = try builder.add(Reshape([1, count, rows, columns]), [inputs[0]])
        let spread = try builder.add(Reshape([1, count, 1, 1]), [scaled])
        let sum = try builder.add(WeightedChannelSum(), [grids, spread])
        let resize = ResizeBilinear(height: height, width: width, alignsCorners: alignsCorners)
        let shift = try builder.weightedSum(inputs[2], offset)
        let resized = try builder.add(resize, [sum])
        return [
          try builder.add(Add(), [resized, builder.add(Reshape([1, 1, 1, 1]), [shift])])
        ]
      }
    }
    return merged[0]
  }
}
