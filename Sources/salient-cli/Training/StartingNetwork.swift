import Graphs
import Jobs
import Models
import Training

/// The network that a run begins with.
enum StartingNetwork {
  /// What becomes of the last layer.
  enum Head: String, CaseIterable {
    case keep, new
  }

  /// One that has learned nothing.
  case new(Architecture)
  /// The weights of a file, or of a bundled model.
  case trained(String, Head?)

  /// What a run begins with.
  struct Beginning {
    let model: TrainableModel
    let preset: PresetInUse
    /// What the header says of where the weights come from.
    let note: String
  }

  /// What run.json calls the model.
  var name: String {
    switch self {
    case .new(let architecture): architecture.rawValue
    case .trained(let path, _): path
    }
  }

  /// SHA-256 of the weights; empty where there are none yet.
  func hash() throws(Failure) -> String {
    guard case .trained(let path, _) = self else { return "" }
    return try ModelHash.hash(model: path)
  }

  /// Its flags, as run.json keeps them.
  var flags: [JSONValue.Member] {
    switch self {
    case .new(let architecture): [.init("arch", .string(architecture.rawValue))]
    case .trained(let path, let head):
      [.init("model", .string(path)), .init("head", .text(head?.rawValue))]
    }
  }

  /// The network for the classes of some pictures.
  /// - Parameters:
  ///   - set: the pictures.
  ///   - choice: how they become images.
  ///   - seed: where new weights come from.
  /// - Returns: the network, its preset, and what the header says.
  /// - Throws: `Failure` where the file holds no weights that can be trained, or other classes than
  ///   are to be kept.
  func begin(
    with set: PictureSet, _ choice: PresetChoice, seed: UInt64
  ) throws(Failure) -> Beginning {
    switch self {
    case .new(let architecture):
      let preset = try choice.settle(for: architecture)
      let size = try Self.size(of: preset)
      let blueprint = try Self.reading { () throws(ModelError) in
        try architecture.blueprint(classCount: set.classNames.count, size: size)
      }
      let weights = blueprint.initialWeights(seed: seed)
      return Beginning(
        model: TrainableModel(
          blueprint, weights, labels: set.classNames, preset: preset.preparation.preset),
        preset: preset, note: "new weights from seed \(seed)")
    case .trained(let path, let head):
      let file = try Self.weights(path)
      let (network, preset) = try choice.open(ModelPath(path: path))
      let last = try LastLayer(of: network, set, head)
      let size = try Self.size(of: preset)
      let (blueprint, weights) = try Self.reading { () throws(ModelError) in
        let blueprint = try Blueprint(file, classCount: last.labels.count, size: size)
        return (blueprint, try blueprint.weights(of: file, headSeed: last.isNew ? seed : nil))
      }
      return Beginning(
        model: TrainableModel(
          blueprint, weights, labels: last.labels, preset: preset.preparation.preset),
        preset: preset, note: "last layer \(blueprint.architecture.head) \(last.note)")
    }
  }

  /// The weights of a file, of an architecture that can be trained.
  /// - Throws: `Failure` where it holds something else, with what to do instead.
  private static func weights(_ path: String) throws(Failure) -> SafetensorsFile {
    let saving =
      "save the weights: safetensors.torch.save_file(model.state_dict(), \"net.safetensors\")"
    let file: ModelFile
    do throws(ModelError) {
      file = try ModelFile.open(path)
    } catch .unknownFormat {
      throw Failure(.content, path, "holds no weights", try: saving)
    } catch {
      throw Failure(error)
    }
    guard case .safetensors(let weights) = file else {
      throw Failure(
        .content, path,
        "fine-tuning starts from weights, and ONNX is a graph, its normalisations mostly folded away",
        try: saving)
    }
    guard Architecture(of: weights) != nil else {
      throw Failure(
        .content, path, "weights of no architecture that can be trained",
        try: "give those of \(Architecture.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return weights
  }

  private static func size(of preset: PresetInUse) throws(Failure) -> (height: Int, width: Int) {
    guard let size = preset.preparation.preset.outputSize else {
      throw Failure(
        .usage, "--preset \(preset.preparation.preset.name)", "leaves the size of pictures open",
        try: "give --preset imagenet, or another one")
    }
    return (size.height, size.width)
  }

  private static func reading<Value>(
    _ body: () throws(ModelError) -> Value
  ) throws(Failure) -> Value {
    do throws(ModelError) { return try body() } catch { throw Failure(error) }
  }
}
