import Jobs
import Reports
import Salient
import Training

extension TrainingPlan {
  /// The lines before the first step; a word in brackets says where a value comes from.
  var header: [String] {
    [
      "model    \(modelLine)", "data     \(dataLine)", "input    \(inputLine)",
      "learning \(learningLine)", "augment  \(choices.augment.line)", "device   \(deviceLine)",
      "work     \(workLine)",
    ] + notes.map { "note     \($0)".onOneLine }
  }

  /// The head of the report.
  var facts: [RunSummary.Fact] {
    [
      .init("model", modelLine), .init("data", dataLine), .init("input", inputLine),
      .init("learning", learningLine), .init("augmentation", choices.augment.line),
      .init("device", deviceLine),
      .init("seed", String(choices.seed)), .init("program", "salient \(Salient.version)"),
    ]
  }

  private var modelLine: String {
    let blueprint = job.model.blueprint
    let count = blueprint.parameters.reduce(0) { $0 + $1.shape.elementCount }
    return "\(choices.start.name)  \(blueprint.architecture.rawValue), "
      + "\(Quantity.millions(count)) parameters; "
      + beginning.note
  }

  private var dataLine: String {
    let (training, validation) = (job.training.set, job.validation.set)
    let classes = Quantity.count(training.classNames.count, "class", "classes")
    return "\(training.path)  \(classes), "
      + "\(Quantity.count(training.samples.count, "picture")) to learn from, "
      + "\(Quantity.count(validation.samples.count, "picture")) to judge by [\(validationOrigin)]"
  }

  private var validationOrigin: String {
    switch choices.validation {
    case .share(let share): "a share of \(share), by names"
    case .folder(let path): path
    }
  }

  private var inputLine: String {
    beginning.preset.line(job.training.imageShape, pictures: true)
      + "; to learn from: random parts, mirrored or not"
  }

  private var learningLine: String {
    let options = choices.options
    var parts = [options.optimizer.text, "rate \(choices.rate) \(choices.decay.text)"]
    if choices.warmUpEpochs > 0 {
      parts.append("warm-up \(Quantity.count(choices.warmUpEpochs, "epoch"))")
    }
    if options.smoothing > 0 { parts.append("labels smoothed by \(options.smoothing)") }
    if let norm = options.clipping { parts.append("gradients clipped to \(norm)") }
    if !options.frozen.isEmpty {
      parts.append("frozen \(options.frozen.map(\.text).joined(separator: ", "))")
    }
    return parts.joined(separator: ", ")
  }

  private var deviceLine: String {
    let place = device.index.map { "\($0) " } ?? ""
    let driver = device.driver.map { ", driver \($0)" } ?? ", double precision"
    let origin = choices.device == "auto" ? " [automatic]" : ""
    return "\(place)\(device.name)\(driver)\(origin)  fp32"
  }

  private var workLine: String {
    let free = choices.folder.freeByteCount.map { " (\(Quantity.bytes($0)) free)" } ?? ""
    return "\(Quantity.count(choices.epochs, "epoch")) of "
      + "\(Quantity.count(job.schedule.stepsPerEpoch, "step")) "
      + "of \(Quantity.count(choices.batchSize, "picture")), "
      + "\(Quantity.bytes(job.predictedByteCount)) to write\(free)"
  }

  private var notes: [String] {
    let count = job.training.set.unlabelledCount + job.validation.set.unlabelledCount
    return count > 0
      ? ["\(Quantity.count(count, "picture")) without an object passed over"] : []
  }
}

extension Optimizer {
  fileprivate var text: String {
    switch self {
    case .sgd(let momentum, let decay, let isNesterov):
      "sgd, \(isNesterov ? "Nesterov's " : "")momentum \(momentum), weight decay \(decay)"
    case .adamW(_, _, _, let decay): "adamw, weight decay \(decay)"
    }
  }
}

extension Schedule.Decay {
  fileprivate var text: String {
    switch self {
    case .constant: "constant"
    case .cosine: "cosine"
    case .step(let epochs, let factor):
      "times \(factor) every \(Quantity.count(epochs, "epoch"))"
    }
  }
}
