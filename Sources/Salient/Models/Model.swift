import Execution
import Graphs
import Jobs
import Models
import Saliency
import Tensors

extension Salient {
  /// A network from a file, on a device, ready to explain images.
  public struct Model: Sendable {
    /// What the file states.
    public let network: Network
    /// What it runs on.
    public let device: DeviceInUse
    /// The network on its device.
    public let engine: Engine
    /// The session whose plans all calls share.
    private let shelf = SessionShelf()

    /// Opens a model file on a device.
    /// - Parameters:
    ///   - path: an ONNX file, or the name of a bundled model, `scenes`.
    ///   - device: what to compute on.
    ///   - size: height and width of images where the file leaves them open.
    /// - Returns: the model.
    /// - Throws: `Failure` where the file or the device cannot be used.
    public static func open(
      _ path: String, device: DeviceChoice = .automatic, size: (height: Int, width: Int)? = nil
    ) async throws(Failure) -> Model {
      let network = try read(path, size: size)
      return try await Model(network, on: DeviceInUse.open(device))
    }

    /// Reads a model file.
    /// - Parameters:
    ///   - path: an ONNX file, or the name of a bundled model, `scenes`.
    ///   - size: height and width of images where the file leaves them open.
    ///   - externalDataFolder: where weight files lie that are not beside the model.
    /// - Returns: what the file states.
    /// - Throws: `Failure` where it cannot be used.
    public static func read(
      _ path: String, size: (height: Int, width: Int)? = nil, externalDataFolder: String? = nil
    ) throws(Failure) -> Network {
      if let externalDataFolder, !InputList.exists(externalDataFolder) {
        throw Failure(
          .missing, "--external-data-dir \(externalDataFolder)", "no such folder",
          try: "name the folder that holds the weights")
      }
      do throws(ModelError) {
        return try ModelFile.open(path).network(size: size, externalDataFolder: externalDataFolder)
      } catch {
        throw Failure(error)
      }
    }

    /// The 32 groups of Group-CAM and its baseline.
    private static let hostRows = 33

    /// Puts a network on a device.
    /// - Parameters:
    ///   - network: what to compute.
    ///   - device: what to compute it on.
    ///   - scores: how outputs become the scores of masks; by default what ends the network.
    ///   - precision: the arithmetic.
    ///   - rows: the masked images wanted in one forward run; by default as many as Group-CAM makes of
    ///     one image on a CPU, where more are no faster and take memory, and the session's number
    ///     elsewhere.
    ///   - blackLevel: the normalised value of a black pixel, for each channel; by default ImageNet's.
    ///   - seed: the seed of everything random.
    /// - Throws: `Failure` where the network has no classes or the device fails.
    public init(
      _ network: Network, on device: DeviceInUse, scores: ScoreFunction? = nil,
      precision: Precision = .fp32, rows: Int? = nil, blackLevel: [Float]? = nil, seed: UInt64 = 0
    ) async throws(Failure) {
      self.network = network
      self.device = device
      var options = SessionOptions(
        scores: scores ?? network.defaultScores, memory: device.memory, precision: precision,
        seed: seed)
      if let rows = rows ?? (device.isHost ? Self.hostRows : nil) { options.rows = rows }
      if let blackLevel { options.blackLevel = blackLevel }
      do throws(BackendError) {
        let parameters = try await device.backend.upload(network.weights)
        engine = Engine(
          network: network.explained, parameters: parameters, backend: device.backend,
          options: options)
      } catch {
        throw Failure(error, device: device.name)
      }
    }

    /// The classes, their labels and scores, against which targets are read.
    public func targetContext(labels: Labels? = nil) -> TargetContext {
      TargetContext(
        outputCount: engine.outputCount, labels: labels ?? network.statedLabels,
        scores: engine.options.scores, outputs: network.namedOutputs)
    }

    /// Explains images that are preprocessed as the network expects.
    /// - Parameters:
    ///   - values: the pixels in row-major order.
    ///   - shape: `[C, H, W]`, or `[N, C, H, W]` for several images.
    ///   - method: a method with settings, `group-cam:variant=head`.
    ///   - target: what to explain: `top1`, an index, a label, `281-282`, `prob:281`.
    ///   - layer: a module path or tensor; by default the automatic choice. Methods that read none
    ///     pass over it.
    /// - Returns: a map for each image and target, in that order.
    /// - Throws: `Failure` where something does not fit or is not finite.
    public func explain(
      _ values: [Float], shape: [Int], method: String = "group-cam", target: String = "top1",
      layer: String? = nil
    ) async throws(Failure) -> [Map] {
      try await explain(
        values, shape: shape, method: method, target: target, layers: layer.map { [$0] } ?? [])
    }

    /// The same at several layers that make one map, for methods that fuse:
    /// `layer-cam:fuse=max`; no layer is the automatic choice.
    /// - Throws: `Failure` where something does not fit or is not finite.
    public func explain(
      _ values: [Float], shape: [Int], method: String = "group-cam", target: String = "top1",
      layers: [String]
    ) async throws(Failure) -> [Map] {
      let images = try images(values, Shape(shape))
      let request = try MethodCatalogue().requests([method], set: [])
      let targets = try targetContext().targets([target])
      let rows = (0..<images.shape[0]).flatMap { image in targets.map { $0.target(image: image) } }
      guard let explainer = request.first?.explainer else { return [] }
      var tensors: [LayerName] = explainer.readsLayer || !layers.isEmpty ? [] : [.image]
      for name in layers.isEmpty && tensors.isEmpty ? [nil] : layers.map(Optional.some) {
        tensors.append(LayerName(try network.layer(name, for: targets).tensor))
      }
      do throws(ExplanationError) {
        let explanation = try await explainer.explain(
          rows, at: tensors, with: session(images))
        return try await Map.maps(of: explanation)
      } catch {
        throw Failure(error, engine: engine)
      }
    }

    private func images(_ values: [Float], _ shape: Shape) throws(Failure) -> HostTensor<Float> {
      let shape = shape.rank == 3 ? Shape([1] + shape.extents) : shape
      guard shape.rank == 4, shape.row == engine.imageShape, shape[0] > 0,
        shape.checkedElementCount == values.count
      else {
        throw Failure(
          .content, "the images", "\(values.count) values of shape \(shape)",
          try: "the network takes \(engine.imageShape)")
      }
      guard values.allSatisfy(\.isFinite) else {
        throw Failure(.content, "the images", "a value is NaN or infinity")
      }
      return HostTensor(shape, values)
    }

    private func session(
      _ images: HostTensor<Float>
    ) async throws(ExplanationError) -> Session {
      let resident: any ResidentTensor
      do throws(BackendError) {
        resident = try await device.backend.upload(images)
      } catch {
        throw .backend(error)
      }
      return try await shelf.session(resident, engine)
    }

    /// What ran in all calls so far.
    public var statistics: SessionStatistics {
      get async { await shelf.statistics }
    }
  }

  /// A finished map.
  public struct Map: Sendable, Hashable {
    /// The values in row-major order: in [0, 1], gradients of the input as they are.
    public let values: [Float]
    /// `[H, W]`, or `[C, H, W]` where a method keeps colours.
    public let shape: [Int]
    /// Why the map is empty and what to try; nil where it is not.
    public let emptyReason: String?

    static func maps(of explanation: Explanation) async throws(ExplanationError) -> [Map] {
      let summaries = try await explanation.summaries()
      let maps: HostTensor<Float>
      do throws(BackendError) {
        maps = try await explanation.maps.download()
      } catch {
        throw .backend(error)
      }
      let extents = maps.shape.row.extents
      let shape = extents.first == 1 ? Array(extents.dropFirst()) : extents
      var finished: [Map] = []
      for (row, summary) in summaries.enumerated() {
        if let error = summary.error { throw error }
        finished.append(
          Map(
            values: maps.rows(row..<row + 1).elements, shape: shape, emptyReason: summary.reason))
      }
      return finished
    }
  }
}

extension Network {
  /// How outputs become scores where the user does not say.
  public var defaultScores: ScoreFunction {
    switch logits.terminal {
    case .softmax: .softmax
    case .sigmoid: .sigmoid
    case .none: classCount == 1 ? .sigmoid : .softmax
    }
  }

  /// The outputs that expressions can name.
  public var namedOutputs: [NamedOutput] {
    outputs.enumerated().map { index, output in
      NamedOutput(
        name: output.name, place: explainedPlace(of: index),
        shape: graph[output.fileValue].shape.row)
    }
  }

  /// The labels that the file states.
  public var statedLabels: Labels? { labels.map { Labels($0, origin: "the model") } }

  /// The layer of a name, or the automatic choice for some targets.
  /// - Throws: `Failure` naming the nearest.
  public func layer(_ name: String?, for targets: [TargetRequest] = []) throws(Failure) -> Layer {
    var read: Set<Int> = []
    for target in targets {
      if case .expression(let expression) = target.head {
        read.formUnion(expression.outputs)
      } else if classCount != nil {
        read.insert(0)
      }
    }
    do throws(ModelError) {
      guard let name else { return try automaticLayer(for: read.map { explained.outputs[$0] }) }
      return try layer(named: name)
    } catch {
      throw Failure(error)
    }
  }
}

/// Keeps the first session, so that later ones find its plans compiled.
private actor SessionShelf {
  private var first: Session?

  func session(
    _ images: any ResidentTensor, _ engine: Engine
  ) throws(ExplanationError) -> Session {
    if let first { return try first.with(images: images) }
    let session = try Session(
      network: engine.network, parameters: engine.parameters, images: images,
      backend: engine.backend, options: engine.options)
    first = session
    return session
  }

  var statistics: SessionStatistics {
    get async { await first?.statistics ?? SessionStatistics() }
  }
}
