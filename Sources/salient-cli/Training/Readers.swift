import Execution
import Graphs
import Imaging
import Jobs
import Models
import Saliency
import Salient
import Training

/// How the pictures of a run are read and explained.
struct Readers {
  /// The layer that maps are read at; nil where nothing reads one.
  let layer: Network.Layer?
  private let preparation: Preparation
  private let transforms: TransformValues
  private let seed: UInt64
  private let threads: Int
  private let memory: Int?

  init(
    _ choices: TrainingChoices, _ beginning: StartingNetwork.Beginning, _ device: DeviceInUse,
    at place: RankEnvironment?
  ) throws(Failure) {
    let model = beginning.model
    layer = try choices.readsLayer ? model.blueprint.network(model.weights).layer(nil) : nil
    preparation = beginning.preset.preparation
    transforms = choices.transforms
    seed = choices.seed
    let cores = max(1, Machine.coreCount / (place?.localCount ?? 1))
    threads = choices.threads ?? (device.isHost ? max(1, cores / 4) : max(1, cores - 1))
    memory = device.memory
  }

  /// Random parts of pictures, and windows of those where that is asked for.
  /// - Throws: `Failure` where parts shall hold objects, and nobody says where these are.
  func learning(
    _ set: PictureSet, windows: Preset.Size? = nil
  ) throws(Failure) -> BatchReader {
    guard !transforms.keepsObject || set.samples.contains(where: { $0.object != nil }) else {
      throw Failure(
        .usage, "--crop-keeps object", "nobody says where the objects of \(set.path) are",
        try: "give a data set with boxes, or leave it out")
    }
    let preset = preparation.preset
    let augmentation = preset.outputSize.map { size in
      var augmentation = transforms.augmentation(at: size, preset)
      augmentation.window = windows.map { RandomCrop(size: $0) }
      return augmentation
    }
    return try BatchReader(
      set, preparation, augmentation: augmentation, seed: seed, threads: threads)
  }

  /// The epochs that learn from windows; nil where none do.
  /// - Throws: `Failure` where windows are larger than images, or too small for the network.
  func windows(
    _ set: PictureSet, of model: TrainableModel
  ) throws(Failure) -> WindowEpochs? {
    guard let window = transforms.window else { return nil }
    let (size, whole) = (window.size, preparation.preset.outputSize ?? window.size)
    guard size.height <= whole.height, size.width <= whole.width else {
      throw Failure(
        .usage, "--random-crop \(size)", "is larger than the images, \(whole)",
        try: "give smaller windows, or a larger --size")
    }
    let blueprint: Blueprint
    do throws(ModelError) {
      blueprint = try model.blueprint.architecture.blueprint(
        classCount: model.labels.count, size: (size.height, size.width))
    } catch {
      throw Failure(error)
    }
    return WindowEpochs(window.epochs, try learning(set, windows: size), blueprint)
  }

  /// Pictures as the preset has them.
  func judging(_ set: PictureSet) throws(Failure) -> BatchReader {
    try BatchReader(set, preparation, seed: seed, threads: threads)
  }

  /// The pictures of a probe, explained by the fast form of Group-CAM.
  func probe(_ set: PictureSet) throws(Failure) -> MapProbe? {
    let methods = try MethodCatalogue().requests(["group-cam:variant=fast"], set: [])
    let reader = try judging(set)
    return methods.first.map { MapProbe(reader, $0, at: place, options) }
  }

  /// Shows a network what its maps mark.
  /// - Throws: `Failure` where the method does not suit the network.
  func augmentation(
    _ augmentation: AugmentationOptions, of model: TrainableModel, on device: DeviceInUse
  ) throws(Failure) -> TrainingJob.AugmentationMaker {
    let (layer, session) = (place, options)
    do throws(TrainingError) {
      try augmentation.check(at: layer, in: model.blueprint.graph)
    } catch {
      throw Failure(error, trainedOn: device.name)
    }
    return { parameters, backend async throws(TrainingError) in
      try await SaliencyAugmentation(
        model.blueprint.graph, parameters, at: layer, options: augmentation, session: session,
        on: backend)
    }
  }

  /// How the device is used for maps.
  var options: SessionOptions {
    SessionOptions(
      memory: memory, blackLevel: preparation.blackLevel, whiteLevel: preparation.whiteLevel,
      seed: seed)
  }

  private var place: LayerName { layer.map { LayerName($0.tensor) } ?? .image }
}
