import ArgumentParser
import Jobs
import Models

/// `salient train`: a network from scratch.
struct Train: Verb {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a new network: best.safetensors, training.jsonl, report.html.")

  static let examples = [
    "salient train photos/ --arch resnet18 --epochs 90 -o run",
    "salient train scenes/ --arch salient-scenes --validation unseen/ --seed 1 -o run",
  ]

  @Argument(help: "A folder with a folder of pictures for each class, or a data set.")
  var data: String?

  @Option(help: ArgumentHelp(Architecture.allCases.map(\.rawValue).joined(separator: ", ")))
  var arch: String?

  @Option(help: "N or HxW of the network's images (224; salient-scenes 128).")
  var size: String?

  @OptionGroup(title: "Learning") var learning: LearningOptions
  @OptionGroup(title: "Transforms") var transforms: TransformOptions
  @OptionGroup(title: "Pictures") var pictures: PictureOptions
  @OptionGroup(title: "Device") var device: DeviceOptions
  @OptionGroup(title: "Run") var results: RunOptions

  var kernels: String? { device.kernels }

  func perform() async throws(Failure) -> Int32 {
    let sources = try TrainingSources(.train, learning, results)
    guard let name = sources.text("arch", arch) else {
      throw Failure(
        .usage, "--arch", "is missing", try: "salient train DATA --arch resnet18")
    }
    let architecture = try Flags.word(name, "--arch", as: Architecture.self)
    return try await TrainingPlan.perform(
      TrainingChoices(
        data, .new(architecture), size: size, learning, transforms, pictures, device, results,
        sources))
  }
}
