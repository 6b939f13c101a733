import Execution
import Graphs
import Operators
import Tensors

/// What a method asks of one forward pass and the way back.
public struct Query: Sendable, Hashable {
  /// The targets; a row of the evidence for each.
  public var targets: [Target]
  /// The layers whose activations are wanted.
  public var activations: [LayerName]
  /// The layers with respect to whose activations the targets are differentiated.
  public var gradients: [LayerName]
  /// How relevance passes the nodes on the way back.
  public var rules: RuleBook
  /// The sums over constants of the network that are wanted; nil where none are.
  public var biases: BiasTerms?
  /// A second way back; nil where one will do.
  public var relevance: Relevance?

  /// A second backward pass beside the first, under rules of its own.
  public struct Relevance: Sendable, Hashable {
    /// The layers whose relevance is wanted.
    public var layers: [LayerName]
    /// How relevance passes the nodes on the way back.
    public var rules: RuleBook

    /// The relevance of layers under rules.
    public init(at layers: [LayerName], rules: RuleBook) {
      self.layers = layers
      self.rules = rules
    }
  }

  /// A query.
  public init(
    targets: [Target], activations: [LayerName] = [], gradients: [LayerName] = [],
    rules: RuleBook = .derivative, biases: BiasTerms? = nil, relevance: Relevance? = nil
  ) {
    self.relevance = relevance
    self.targets = targets
    self.activations = activations
    self.gradients = gradients
    self.rules = rules
    self.biases = biases
  }
}

/// The answer to a query: one row for each target, T rows.
public struct Evidence: Sendable {
  /// `[T, K]`: the outputs of the clean image of each target, before softmax or sigmoid; where the
  /// network has no vector of outputs, the values.
  public var outputs: any ResidentTensor
  /// `[T, K]`: the weights of the outputs in each target; `top` choices resolved, signs left out.
  public var seeds: any ResidentTensor
  /// `[T, 1]`: the value of each target that is an expression, Σ w·z of the others, signs left out.
  ///
  /// Nil where a probe does not tell.
  public var values: (any ResidentTensor)?
  /// `[T, C, u, v]` for each layer asked for.
  public var activations: [LayerName: any ResidentTensor]
  /// `[T, C, u, v]` for each layer asked for.
  public var gradients: [LayerName: any ResidentTensor]
  /// `[T, 1]`: the number that is differentiated, signs included; nil where a probe does not tell.
  public var differentiated: (any ResidentTensor)?
  /// What a query asked of the constants of the network.
  public var biases: BiasTerms.Sums?
  /// `[T, C, u, v]` for each layer of the second way back.
  public var relevance: [LayerName: any ResidentTensor]

  /// Evidence.
  public init(
    outputs: any ResidentTensor, seeds: any ResidentTensor, values: (any ResidentTensor)? = nil,
    activations: [LayerName: any ResidentTensor] = [:],
    gradients: [LayerName: any ResidentTensor] = [:],
    differentiated: (any ResidentTensor)? = nil, biases: BiasTerms.Sums? = nil,
    relevance: [LayerName: any ResidentTensor] = [:]
  ) {
    self.relevance = relevance
    self.differentiated = differentiated
    self.biases = biases
    self.outputs = outputs
    self.seeds = seeds
    self.values = values
    self.activations = activations
    self.gradients = gradients
  }
}

/// What the network makes of each image that some targets refer to: F images, one row each.
public struct Views: Sendable {
  /// The images, in the order in which targets first refer to them, as places in `Probe.images`.
  public var images: [Int]
  /// `[F, K]`: the outputs, before softmax or sigmoid.
  public var outputs: any ResidentTensor
  /// `[F, C, u, v]` for each layer asked for.
  public var activations: [LayerName: any ResidentTensor]
  /// `[T, K]`: the weights of the outputs in each target; `top` choices resolved, signs left out.
  public var seeds: any ResidentTensor

  /// `[T, 1]`: the values of targets that are expressions; nil where none is.
  public var values: (any ResidentTensor)?

  /// Views.
  public init(
    images: [Int], outputs: any ResidentTensor,
    activations: [LayerName: any ResidentTensor] = [:], seeds: any ResidentTensor,
    values: (any ResidentTensor)? = nil
  ) {
    self.values = values
    self.images = images
    self.outputs = outputs
    self.activations = activations
    self.seeds = seeds
  }

  /// The row of each target's image.
  public func rows(of targets: [Target]) -> [Int] { targets.places(in: images) }
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

  /// The seed of everything random.
  var seed: UInt64 { get }

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

  /// The same network with other images, so that a whole method can be run on them.
  /// - Throws: `ExplanationError` where the images do not fit the network.
  func with(images: any ResidentTensor) throws(ExplanationError) -> Self

  /// The same network and images with other weights in the place of some.
  /// - Throws: `ExplanationError` where a weight is unknown or its shape differs.
  func replacing(
    _ weights: [ParameterName: HostTensor<Float>]
  ) async throws(ExplanationError) -> Self

  /// Rows of a tensor in any order, repeated where asked.
  /// - Throws: `ExplanationError` where the engine fails.
  func take(
    _ rows: [Int], of tensor: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor

  /// One forward pass for each image that targets refer to, however many do; cached.
  /// - Parameters:
  ///   - targets: T targets.
  ///   - activations: the layers whose activations are wanted.
  /// - Returns: a row for each image.
  /// - Throws: `ExplanationError` where a layer or target is unknown or the engine fails.
  func views(
    for targets: [Target], activations: [LayerName]
  ) async throws(ExplanationError) -> Views

  /// The scores of masked images, `[T, M]`: mask m of a target's field over the target's image.
  ///
  /// A masked image is m·x + (1 − m)·baseline. Live masks of all fields are packed into forward
  /// runs of up to the capacity of the session; where fields belong to images, all targets of an
  /// image read the same run.
  /// - Parameters:
  ///   - field: a field of M masks for each target, in the order of the targets, or for each image.
  ///   - baseline: `[N, C, H, W]`.
  ///   - targets: the targets, T of them.
  ///   - seeds: `[T, K]`, from the evidence.
  /// - Returns: scores `[T, M]`, zero for skipped masks.
  /// - Throws: `ExplanationError` where the engine fails.
  func scores(
    under field: MaskField, baseline: any ResidentTensor, _ targets: [Target],
    seeds: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor

  /// The scores of clean images, `[T, 1]`, without a pass.
  /// - Parameters:
  ///   - views: of these targets, however they are scored.
  ///   - targets: the targets, T of them.
  /// - Returns: a score for each target.
  /// - Throws: `ExplanationError` where the shapes do not fit or the engine fails.
  func scores(
    of views: Views, _ targets: [Target]
  ) async throws(ExplanationError) -> any ResidentTensor

  /// The scores of images that lack one channel at a layer, `[T, C]`, by passes from the layer to
  /// the outputs.
  ///
  /// Channels of all fields are packed into runs of up to the capacity; all targets of an image
  /// read the same run.
  /// - Throws: `ExplanationError` where the layer does not fit or the engine fails.
  func scores(
    from layer: LayerName, without field: ChannelField, _ targets: [Target],
    seeds: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor

  /// The sum of the masks of fields under weights `[T, M]`: maps `[T, 1, H, W]`.
  ///
  /// Summed on the grid, where that is exact, and upsampled once.
  /// - Parameters:
  ///   - field: the masks.
  ///   - weights: `[T, M]`.
  ///   - fields: the field of each target; nil where target t has field t.
  ///   - size: the height and width of the maps.
  /// - Returns: a map for each target.
  /// - Throws: `ExplanationError` where the engine fails.
  func merge(
    _ field: MaskField, weights: any ResidentTensor, fields: [Int]?,
    size: (height: Int, width: Int)
  ) async throws(ExplanationError) -> any ResidentTensor

  /// Entries of a table, `[R, ..., rest]`: an index `[R, ..., k]` names the first k axes.
  /// - Throws: `ExplanationError` where the engine fails.
  func gather(
    _ index: HostTensor<Float>, from table: any ResidentTensor
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
  /// The seed of a run that states none.
  public var seed: UInt64 { 0 }

  /// The sum of the masks of fields under weights `[T, M]`, at the size of the images.
  /// - Throws: `ExplanationError` where the engine fails.
  public func merge(
    _ field: MaskField, weights: any ResidentTensor, fields: [Int]? = nil
  ) async throws(ExplanationError) -> any ResidentTensor {
    try await merge(
      field, weights: weights, fields: fields, size: (images.shape[2], images.shape[3]))
  }
}
