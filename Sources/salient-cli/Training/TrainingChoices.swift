import Jobs
import Models
import Training

/// The flags of `train` and `finetune` with the values in force.
struct TrainingChoices {
  /// Which pictures a network is judged by.
  enum Validation {
    /// So many of the pictures.
    case share(Double)
    /// Those of another folder.
    case folder(String)
  }

  let data: String
  let start: StartingNetwork
  let size: String?
  let preset: PresetChoice
  let validation: Validation
  let epochs: Int
  let batchSize: Int
  let accumulation: Int
  let rate: Double
  let decay: Schedule.Decay
  let warmUpEpochs: Int
  let options: TrainingOptions
  let transforms: TransformValues
  let augment: AugmentChoice
  let probe: String?
  let device: String
  let memory: String?
  let kernels: String?
  let threads: Int?
  let seed: UInt64
  let folder: OutputFolder
  /// How many pictures are only shown; nil where the network is to learn.
  let previewCount: Int?
  let isDryRun: Bool
  let isJSON: Bool
  let isQuiet: Bool
  /// Every flag with the value in force, as run.json keeps it.
  let flags: [JSONValue.Member]

  init(
    _ data: String?, _ start: StartingNetwork, size: String?, _ learning: LearningOptions,
    _ transforms: TransformOptions, _ pictures: PictureOptions, _ device: DeviceOptions,
    _ run: RunOptions, _ sources: TrainingSources
  ) throws(Failure) {
    let verb = sources.verb.rawValue
    guard let data, !data.isEmpty else {
      throw Failure(
        .usage, verb, "no DATA", try: "give a folder with a folder of pictures for each class")
    }
    let values = LearningValues(learning, sources)
    self.data = data
    self.start = start
    previewCount = try learning.preview.map { text throws(Failure) in
      try Flags.count(text, "--preview")
    }
    isDryRun = run.dryRun
    isJSON = run.json
    isQuiet = run.quiet
    self.size = sources.text("size", size)
    preset = try PresetChoice(pictures, size: self.size, sources.flags)
    validation = try values.validation
    epochs = try Flags.count(values["epochs"], "--epochs")
    batchSize = try Flags.count(values["batch-size"], "--batch-size")
    accumulation = try values.accumulation
    rate = try values.number("lr", in: 1e-12...1e3)
    decay = try values.decay
    warmUpEpochs = try values.warmUp(epochs: epochs)
    options = try values.options
    self.transforms = try TransformValues(transforms, sources, epochs: epochs)
    augment = try AugmentChoice(values["augment"])
    probe = values.texts["probe"]
    self.device = sources.value("device", device.device)
    memory = sources.text("memory", device.memory)
    kernels = sources.text("kernels", device.kernels)
    threads = try sources.text("threads", run.threads).map { text throws(Failure) in
      try Flags.count(text, "--threads")
    }
    seed = try Flags.seed(sources.value("seed", run.seed))
    folder = .training(
      run.output ?? "salient-out",
      mode: try Flags.mode(
        resume: run.resume, overwrite: run.overwrite, dryRun: run.dryRun))
    guard !folder.path.isEmpty else {
      throw Failure(.usage, "-o", "names no folder", try: "-o salient-out")
    }
    flags =
      [.init("data", .string(data))] + start.flags + [.init("size", .text(self.size))]
      + preset.flags + values.flags + self.transforms.flags + [
        .init("recipe", .text(sources.flags.recipeName)), .init("device", .string(self.device)),
        .init("memory", .text(memory)), .init("kernels", .text(kernels)),
        .init("threads", .text(threads.map(String.init))), .init("seed", .string(String(seed))),
      ]
  }

  /// Whether maps of a layer are made.
  var readsLayer: Bool { probe != nil || augment.options?.explainer.readsLayer == true }
}
