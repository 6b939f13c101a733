import ArgumentParser
import Jobs

/// `salient finetune`: a trained network learns other pictures.
struct Finetune: Verb {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Teach a trained network other pictures; files as those of train.")

  static let examples = [
    "salient finetune photos/ --model resnet50.safetensors -o run",
    "salient finetune photos/ -m best.safetensors --freeze 'layer1*' --freeze conv1 --epochs 5",
  ]

  @Argument(help: "A folder with a folder of pictures for each class, or a data set.")
  var data: String?

  @Option(
    name: .shortAndLong,
    help: "Weights of a known architecture: a .safetensors file, or scenes, the bundled model.")
  var model: String?

  @Option(help: "keep or new: the last layer, which is new by default where the classes are.")
  var head: String?

  @Option(help: "N or HxW of the network's images, where the model leaves it open (224).")
  var size: String?

  @OptionGroup(title: "Learning") var learning: LearningOptions
  @OptionGroup(title: "Transforms") var transforms: TransformOptions
  @OptionGroup(title: "Pictures") var pictures: PictureOptions
  @OptionGroup(title: "Device") var device: DeviceOptions
  @OptionGroup(title: "Run") var results: RunOptions

  var kernels: String? { device.kernels }

  func perform() async throws(Failure) -> Int32 {
    let sources = try TrainingSources(.finetune, learning, results)
    guard let model = sources.text("model", model) else {
      throw Failure(
        .usage, "--model", "is missing", try: "salient finetune DATA --model net.safetensors")
    }
    let head = try sources.text("head", head).map { text throws(Failure) in
      try Flags.word(text, "--head", as: StartingNetwork.Head.self)
    }
    return try await TrainingPlan.perform(
      TrainingChoices(
        data, .trained(model, head), size: size, learning, transforms, pictures, device, results,
        sources))
  }
}
