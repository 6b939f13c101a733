import Execution
import Graphs
import Jobs
import Models
import OpenCLBackend
import Operators
import Saliency
import Tensors

/// What each saving of a masking method is worth: the same work with it and without it.
///
/// Masks and images are noise: what is measured does not depend on values. `bytes` is what the work
/// added to the device memory at its peak.
public struct SavingsBenchmark: Sendable {
  /// What work costs.
  public struct Cost: Sendable, Hashable {
    /// Launches of kernels.
    public let launchCount: Int
    /// Bytes of device memory at the peak, less those taken before.
    public let byteCount: Int
    /// Milliseconds of the median run, from the first launch to the result on the host.
    public let milliseconds: Double
  }

  /// A saving.
  public struct Row: Sendable {
    /// `S4`; several where one mechanism gives them.
    public let name: String
    /// What is done, and what would be done otherwise.
    public let what: String
    /// The cost with it.
    public let with: Cost
    /// The cost without it.
    public let without: Cost
  }

  /// The images of the work.
  public let batch: Int
  /// The masks of an image.
  public let masks: Int
  /// The savings, in order.
  public let rows: [Row]

  /// Measures every saving on a network.
  /// - Parameters:
  ///   - model: on a device opened with profiling.
  ///   - batch: the images of the work.
  ///   - masks: the masks of an image, the baseline not counted.
  ///   - runs: how often each work is timed, after one run to warm up.
  /// - Returns: a row for each saving; none where the device is the reference.
  /// - Throws: `Failure` where the network does not fit or the device fails.
  public static func run(
    of model: Salient.Model, batch: Int, masks: Int = 32, runs: Int
  ) async throws(Failure) -> SavingsBenchmark? {
    guard let backend = model.device.backend as? OpenCLBackend else { return nil }
    let work = try await MaskedWork(model, backend, batch: batch, masks: masks)
    do throws(ExplanationError) {
      return SavingsBenchmark(batch: batch, masks: masks, rows: try await work.rows(runs: runs))
    } catch {
      throw Failure(error, engine: model.engine)
    }
  }
}

/// The steps of a masking method on noise, each in two ways.
private struct MaskedWork {
  let engine: Engine
  let backend: OpenCLBackend
  let layer: LayerName
  let images: any ResidentTensor
  let targets: [Target]
  let masks: Int
  let grid: Shape

  typealias Body = () async throws(ExplanationError) -> [any ResidentTensor]

  init(
    _ model: Salient.Model, _ backend: OpenCLBackend, batch: Int, masks: Int
  ) async throws(Failure) {
    engine = model.engine
    self.backend = backend
    self.masks = masks
    layer = LayerName(try model.network.layer(nil).tensor)
    targets = (0..<batch).map { Target(image: $0, choice: .top(1)) }
    var noise = Noise()
    do throws(BackendError) {
      images = try await backend.upload(
        noise.tensor(Shape([batch] + model.engine.imageShape.extents)))
    } catch {
      throw Failure(error, device: model.device.name)
    }
    do throws(ExplanationError) {
      grid = try model.engine.network.activationShape(of: layer)
    } catch {
      throw Failure(error, engine: model.engine)
    }
  }

  /// With and without each saving.
  ///
  /// S1, the closed form of the gradient behind pooling and a linear layer, is what the pass to the
  /// tap comes to there: a product with the weights and a broadcast, and no convolution.
  func rows(runs: Int) async throws(ExplanationError) -> [SavingsBenchmark.Row] {
    func row(
      _ name: String, _ what: String,
      _ with: @escaping (Session) async throws(ExplanationError) -> Body,
      _ without: @escaping (Session) async throws(ExplanationError) -> Body,
      rowsWithout: Int? = nil
    ) async throws(ExplanationError) -> SavingsBenchmark.Row {
      SavingsBenchmark.Row(
        name: name, what: what, with: try await cost(with, rows: nil, runs: runs),
        without: try await cost(without, rows: rowsWithout, runs: runs))
    }
    return [
      try await row(
        "S1 S2", "backward pass to the tap / to the image", gradient(at: layer),
        gradient(at: .input)),
      try await row(
        "S3", "masks of all images packed into runs / a run for each", scores(dense: false),
        scores(dense: false), rowsWithout: 1),
      try await row(
        "S4", "masks as grids, blended in the run / masks of the image's size",
        scores(dense: false), scores(dense: true)),
      try await row(
        "S5", "masks summed on the grid / at the image's size", merge(dense: false),
        merge(dense: true)),
      try await row("S6", "blur along rows, then columns / in two dimensions", blur, wideBlur),
      try await row(
        "S7", "a quarter of the masks constant, skipped / run", scores(dense: false, deadEvery: 4),
        scores(dense: false)),
      try await row("S8", "only logits kept / every activation kept", forward, keptForward),
    ]
  }

  /// The cost of work in a fresh session, whose plans it makes.
  private func cost(
    _ work: (Session) async throws(ExplanationError) -> Body, rows: Int?, runs: Int
  ) async throws(ExplanationError) -> SavingsBenchmark.Cost {
    var options = engine.options
    if let rows { options.rows = rows }
    let session = try Session(
      network: engine.network, parameters: engine.parameters, images: images, backend: backend,
      options: options)
    let body = try await work(session)
    let budget = backend.queue.budget
    budget.resetPeak()
    let before = budget.liveByteCount
    var times: [Double] = []
    var launches = 0
    var warmUp = WarmUp()
    while times.count < runs {
      let start = ContinuousClock.now
      let outputs = try await body()
      for output in outputs { _ = try await read(output) }
      let time = ContinuousClock.now - start
      if warmUp.counts(time) { times.append(time / .milliseconds(1)) }
      launches = try await device { () async throws(BackendError) in
        try await backend.takeTimes().count
      }
    }
    return SavingsBenchmark.Cost(
      launchCount: launches, byteCount: budget.peakByteCount - before,
      milliseconds: times.sorted()[times.count / 2])
  }

  private func gradient(
    at layer: LayerName
  ) -> (Session) async throws(ExplanationError) -> Body {
    { session in
      let query = Query(targets: targets, gradients: [layer])
      return { () async throws(ExplanationError) in
        // Another session of the same plans, since one keeps its evidence.
        let evidence = try await session.with(images: images).evidence(query)
        return [try await mean(evidence.gradients[layer] ?? evidence.outputs, in: session)]
      }
    }
  }

  /// A number for each row: so that no image-sized tensor is read back and timed.
  private func mean(
    _ tensor: any ResidentTensor, in session: Session
  ) async throws(ExplanationError) -> any ResidentTensor {
    let axes = Array(1..<tensor.shape.rank)
    return try await session.compute([tensor]) { (builder, inputs) throws(GraphError) in
      [try builder.add(ReduceMean(axes: axes, keepsAxes: false), inputs)]
    }[0]
  }

  /// Masks of noise, mask 0 the baseline; every so many dead.
  private func field(
    _ session: Session, dense: Bool, deadEvery: Int?
  ) async throws(ExplanationError) -> MaskField {
    let count = masks + 1
    let cells = grid[2] * grid[3]
    var noise = Noise()
    let shape = Shape([targets.count, count, cells])
    let maps = try await session.upload(
      HostTensor(shape, noise.tensor(shape).elements.map { ($0 + 1) / 2 }))
    let affine = try await session.upload(
      HostTensor([targets.count, count, 2]) { $0 % 2 == 0 ? 1 : 0 })
    let live = try await session.upload(
      HostTensor([targets.count, count]) { place in
        place % count > 0 && deadEvery.map { place % count % $0 == 0 } ?? false ? 0 : 1
      })
    let (height, width) = (images.shape[2], images.shape[3])
    let (rows, columns) = (grid[2], grid[3])
    guard dense else {
      return MaskField(
        geometry: .grid(
          maps: maps, affine: affine, height: rows, width: columns, alignsCorners: false),
        count: count, live: live)
    }
    let large = try await session.compute([maps]) { (builder, inputs) throws(GraphError) in
      let small = try builder.add(Reshape([1, count, rows, columns]), inputs)
      let resize = ResizeBilinear(height: height, width: width, alignsCorners: false)
      let resized = try builder.add(resize, [small])
      return [try builder.add(Reshape([1, count, height * width]), [resized])]
    }
    return MaskField(geometry: .dense(large[0]), count: count, live: live)
  }

  private func scores(
    dense: Bool, deadEvery: Int? = nil
  ) -> (Session) async throws(ExplanationError) -> Body {
    { session in
      let seeds = try await session.evidence(Query(targets: targets)).seeds
      return { () async throws(ExplanationError) in
        let field = try await field(session, dense: dense, deadEvery: deadEvery)
        return [try await session.scores(under: field, baseline: images, targets, seeds: seeds)]
      }
    }
  }

  private func merge(dense: Bool) -> (Session) async throws(ExplanationError) -> Body {
    { session in
      let weights = try await session.upload(
        HostTensor([targets.count, masks + 1], filledWith: 0.5))
      return { () async throws(ExplanationError) in
        let field = try await field(session, dense: dense, deadEvery: nil)
        return [try await mean(session.merge(field, weights: weights), in: session)]
      }
    }
  }

  private func blur(_ session: Session) async throws(ExplanationError) -> Body {
    { () async throws(ExplanationError) in
      [try await mean(Baseline(.blur).images(of: session), in: session)]
    }
  }

  /// A filter of 51 x 51 taps for each channel, as published codes blur.
  private func wideBlur(_ session: Session) async throws(ExplanationError) -> Body {
    let channels = images.shape[1]
    let size = Baseline(.blur).size
    let taps = HostTensor<Float>([channels, 1, size, size], filledWith: 1 / Float(size * size))
    return { () async throws(ExplanationError) in
      let blurred = try await session.compute([images]) { (builder, inputs) throws(GraphError) in
        let filter = Conv2D(window: Window(padding: (size - 1) / 2), groups: channels)
        return [try builder.add(filter, [inputs[0], builder.constant(taps)])]
      }
      return [try await mean(blurred[0], in: session)]
    }
  }

  private func forward(_ session: Session) async throws(ExplanationError) -> Body {
    try await pass(keeps: false)
  }

  private func keptForward(_ session: Session) async throws(ExplanationError) -> Body {
    try await pass(keeps: true)
  }

  /// A forward pass that gives the logits, and reads nothing else back.
  private func pass(keeps: Bool) async throws(ExplanationError) -> Body {
    let network = engine.network
    let live = network.liveness
    let kept = network.nodes.filter { node in
      node.operation != nil && node.rows == .rows && live.isNeeded(node.value)
    }
    let graph = keeps ? network.with(outputs: network.outputs + kept.map(\.value)) : network
    let executable = try await device { () async throws(BackendError) in
      try await backend.compile(graph, CompileOptions(capacity: targets.count))
    }
    return { () async throws(ExplanationError) in
      try await device { () async throws(BackendError) in
        [try await executable.run([images], engine.parameters)[0]]
      }
    }
  }

  private func read(
    _ tensor: any ResidentTensor
  ) async throws(ExplanationError) -> HostTensor<Float> {
    try await device { () async throws(BackendError) in try await tensor.download() }
  }

  private func device<Result>(
    _ body: () async throws(BackendError) -> Result
  ) async throws(ExplanationError) -> Result {
    do throws(BackendError) { return try await body() } catch { throw .backend(error) }
  }
}
