import Execution
import Graphs
import Jobs
import Saliency
import Tensors

/// Pictures whose maps show how explanations move while a network learns.
public struct MapProbe: Sendable {
  /// The pictures, each explained for its class, or for the likeliest where nobody tells classes.
  public let reader: BatchReader
  /// The method.
  public let method: MethodRequest
  /// The layer that it reads.
  public let layer: LayerName
  /// How the device is used.
  public let options: SessionOptions

  /// The most pictures that are looked at.
  public static let countMaximum = 64

  /// A probe.
  /// - Parameters:
  ///   - reader: the pictures; of more than `countMaximum` so many are taken, evenly over the set.
  ///   - method: one that makes a map of one value a place.
  ///   - layer: the layer that it reads.
  ///   - options: how the device is used.
  public init(
    _ reader: BatchReader, _ method: MethodRequest, at layer: LayerName, _ options: SessionOptions
  ) {
    self.reader = reader
    self.method = method
    self.layer = layer
    self.options = options
  }

  /// The places of the pictures in their set.
  private var places: [Int] {
    let count = min(reader.set.samples.count, Self.countMaximum)
    return (0..<count).map { $0 * reader.set.samples.count / count }
  }

  /// The values of all maps.
  var elementCount: Int {
    places.count * reader.imageShape.extents.dropFirst().reduce(1, *)
  }

  /// The maps of all pictures that can be read.
  /// - Parameters:
  ///   - engine: the network in the form of inference, with its weights as they are now.
  ///   - session: that of the maps before, which has the plans; nil for the first.
  ///   - batchSize: the images at a time.
  /// - Returns: `[N, 1, H, W]`, 0...1, NaN all over a map that is not finite; and why pictures are
  ///   missing.
  /// - Throws: `Failure` where the device fails.
  package func maps(
    on engine: Engine, _ session: inout Session?, batchSize: Int
  ) async throws(Failure) -> (maps: HostTensor<Float>, failures: [Failure]) {
    let size = reader.imageShape.extents.dropFirst()
    var (elements, failures) = ([Float](), [Failure]())
    for start in stride(from: 0, to: places.count, by: batchSize) {
      let batch = try await reader.batch(Array(places[start...].prefix(batchSize)))
      failures += batch.failures
      guard !batch.labels.isEmpty else { continue }
      do throws(ExplanationError) {
        elements += try await maps(of: batch, engine, &session).elements
      } catch {
        throw Failure(error, engine: engine)
      }
    }
    let count = elements.count / size.reduce(1, *)
    return (HostTensor(Shape([count, 1] + size), elements), failures)
  }

  private func maps(
    of batch: Batch, _ engine: Engine, _ session: inout Session?
  ) async throws(ExplanationError) -> HostTensor<Float> {
    let plans: Session
    if let session {
      plans = session
    } else {
      plans = try await Session(
        blank: engine.network, engine.parameters, on: engine.backend, engine.options)
      session = plans
    }
    let probe = try plans.with(images: await plans.upload(HostTensor(stacking: batch.images)))
    let targets = batch.labels.enumerated().map { row, label in
      Target(
        image: row,
        choice: reader.set.isLabelled ? .outputs([Target.Output(index: label)]) : .top(1))
    }
    let explanation = try await method.explainer.explain(targets, at: layer, with: probe)
    let summaries = try await explanation.summaries()
    var maps = try await Saliency.engine { () async throws(BackendError) in
      try await explanation.maps.download()
    }
    let size = maps.shape.row.elementCount
    for (row, summary) in summaries.enumerated() where summary.error != nil {
      for place in row * size..<(row + 1) * size { maps[place] = .nan }
    }
    return maps
  }

  /// How much maps have moved.
  /// - Returns: the mean of the distances of all values; nil where they are not of the same pictures,
  ///   or not finite.
  package static func change(from old: HostTensor<Float>, to new: HostTensor<Float>) -> Double? {
    guard old.shape == new.shape, old.shape.elementCount > 0 else { return nil }
    let sum = zip(old.elements, new.elements).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
    return sum.isFinite ? sum / Double(old.shape.elementCount) : nil
  }
}

extension TrainingJob {
  /// The maps of the probe, which the first rank makes, and why others are missing.
  /// - Parameters:
  ///   - trainer: has the weights as they are now.
  ///   - session: that of the maps before; nil for the first.
  /// - Returns: as `MapProbe.maps`; nil without a probe, and on other ranks.
  /// - Throws: `Failure` where the device fails.
  func probeMaps(
    of trainer: Trainer, _ session: inout Session?
  ) async throws(Failure) -> (maps: HostTensor<Float>, failures: [Failure])? {
    guard let probe, ranks.isFirst else { return nil }
    let engine = Engine(
      network: model.blueprint.graph, parameters: trainer.parameters, backend: backend,
      options: probe.options)
    return try await probe.maps(on: engine, &session, batchSize: batchSize)
  }
}
