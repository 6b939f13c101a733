import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// Shows a network what its own maps of the true classes mark, and hides the rest behind a blur.
///
/// Maps are those of the weights as they are when a batch comes, by the network in the form of
/// inference: nothing that learns is changed, running statistics included. All of a batch's maps are
/// made together, and nothing as large as an image leaves the device.
public struct SaliencyAugmentation: BatchAugmentation {
  /// Where maps come from, what is made of them, and which pictures change.
  public let options: AugmentationOptions
  private let layer: LayerName
  private let session: Session

  /// The augmentation of a network's training.
  /// - Parameters:
  ///   - network: as inference has it.
  ///   - parameters: the weights that learn: `Trainer.parameters`.
  ///   - layer: the layer whose activations are read, for methods that read one.
  ///   - options: where maps come from, and what is made of them.
  ///   - session: how the device is used.
  ///   - backend: the engine of the weights.
  /// - Throws: `TrainingError` where the method cannot explain the network at this layer.
  public init(
    _ network: Graph, _ parameters: any ResidentParameters, at layer: LayerName,
    options: AugmentationOptions, session: SessionOptions = SessionOptions(),
    on backend: any Backend
  ) async throws(TrainingError) {
    self.options = options
    self.layer = layer
    self.session = try await explaining { () async throws(ExplanationError) in
      try options.explainer.check(at: layer, in: network)
      return try await Session(blank: network, parameters, on: backend, session)
    }
  }

  /// The rows whose maps are made.
  public func rows(at place: BatchPlace) -> [Int] { options.rows(at: place) }

  /// The images as their maps show them.
  /// - Throws: `TrainingError` where the batch does not fit or the device fails.
  public func augmented(
    _ images: any ResidentTensor, labels: [Int], at place: BatchPlace
  ) async throws(TrainingError) -> any ResidentTensor {
    let count = images.shape.extents.first ?? 0
    guard labels.count == count, place.samples.count == count else {
      throw .batch(
        "\(labels.count) labels and \(place.samples.count) samples for images \(images.shape)")
    }
    let rows = rows(at: place)
    guard !rows.isEmpty else { return images }
    return try await explaining { () async throws(ExplanationError) in
      let chosen = try await session.take(rows, of: images)
      let part = try await blended(chosen, labels: rows.map { labels[$0] })
      return try await session.putting(part.images, at: rows, of: images)
    }
  }

  /// All images under the maps of their classes.
  /// - Throws: `ExplanationError` where the batch does not fit or the engine fails.
  package func blended(
    _ images: any ResidentTensor, labels: [Int]
  ) async throws(ExplanationError) -> MapBlend.Blended {
    let probe = try session.with(images: images)
    let targets = labels.enumerated().map { image, label in
      Target(image: image, choice: .outputs([Target.Output(index: label)]))
    }
    let maps = try await options.explainer.explain(targets, at: layer, with: probe).maps
    return try await MapBlend(threshold: options.threshold, blend: options.blend)
      .apply(maps, to: probe)
  }
}

extension Session {
  /// A tensor with other rows in the place of some.
  /// - Throws: `ExplanationError` where the engine fails.
  fileprivate func putting(
    _ part: any ResidentTensor, at rows: [Int], of whole: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    let count = whole.shape[0]
    if rows.count == count { return part }
    // An index that names no row gives zeros.
    var changed = HostTensor<Float>([count, 1], filledWith: -1)
    var kept = HostTensor<Float>([count, 1]) { Float($0) }
    for (place, row) in rows.enumerated() {
      changed[row] = Float(place)
      kept[row] = -1
    }
    let parts = [try await gather(changed, from: part), try await gather(kept, from: whole)]
    return try await compute(parts) { (builder, inputs) throws(GraphError) in
      [try builder.add(Add(), inputs)]
    }[0]
  }
}

/// Runs a body and turns the error of an explanation into that of training.
private func explaining<Result>(
  _ body: () async throws(ExplanationError) -> Result
) async throws(TrainingError) -> Result {
  do { return try await body() } catch { throw TrainingError(error) }
}
