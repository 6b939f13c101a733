import Jobs
import Reports
import Salient
import Training

extension TrainingPlan {
  /// The lines before the first step; a word in brackets says where a value comes from.
  var header: [String] {
    let probe = probeLine.map { ["probe    \($0)"] } ?? []
    let ranks = ranksLine.map { ["ranks    \($0)"] } ?? []
    return [
      "model    \(modelLine)", "data     \(dataLine)", "input    \(inputLine)",
      "learning \(learningLine)", "augment  \(choices.augment.line(at: layer))",
    ] + probe + ["device   \(deviceLine)"] + ranks + ["work     \(workLine)"]
      + notes.map { "note     \($0)".onOneLine }
  }

  /// The head of the report.
  var facts: [RunSummary.Fact] {
    let probe = probeLine.map { [RunSummary.Fact("probe", $0)] } ?? []
    return [
      .init("model", modelLine), .init("data", dataLine), .init("input", inputLine),
      .init("learning", learningLine), .init("augmentation", choices.augment.line(at: layer)),
    ] + probe + [
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
      + "; to learn from: \(choices.transforms.line)"
  }

  private var learningLine: String {
    let options = choices.options
    var parts = [options.optimizer.text, "rate \(choices.rate) \(choices.decay.text)"]
    if choices.warmUpEpochs > 0 {
      parts.append("warm-up \(Quantity.count(choices.warmUpEpochs, "epoch"))")
    }
    if job.partCount > 1 { parts.append("\(job.partCount) parts of \(choices.batchSize) a step") }
    if options.sharesStatistics { parts.append("normalised by the pictures of all ranks") }
    if options.smoothing > 0 { parts.append("labels smoothed by \(options.smoothing)") }
    if let norm = options.clipping { parts.append("gradients clipped to \(norm)") }
    if !options.frozen.isEmpty {
      parts.append("frozen \(options.frozen.map(\.text).joined(separator: ", "))")
    }
    return parts.joined(separator: ", ")
  }

  private var probeLine: String? {
    guard let probe = job.probe, let layer else { return nil }
    let count = min(probe.reader.set.samples.count, MapProbe.countMaximum)
    return "\(probe.reader.set.path)  \(Quantity.count(count, "picture")), "
      + "maps by \(probe.method.name) at \(layer.name)"
  }

  /// `0 pthread-skylake`.
  var deviceName: String { (device.index.map { "\($0) " } ?? "") + device.name }

  /// What each rank computes on; nil where this process is alone.
  private var ranksLine: String? {
    guard rankDevices.count > 1 else { return nil }
    let devices = rankDevices.enumerated().map { "\($0) on \($1)" }
    return "\(rankDevices.count): \(devices.joined(separator: ", "))"
  }

  private var deviceLine: String {
    let place = device.index.map { "\($0) " } ?? ""
    let origin = choices.device == "auto" ? " [automatic]" : ""
    guard let driver = device.driver else { return "\(device.name), double precision\(origin)" }
    let memory = device.memory.map { " of \(Quantity.binaryBytes($0))" } ?? ""
    let need = deviceByteCount.map { ", about \(Quantity.binaryBytes($0))\(memory)" } ?? ""
    return "\(place)\(device.name), driver \(driver)\(origin)  fp32\(need)"
  }

  private var workLine: String {
    if let count = choices.previewCount {
      return "a preview of \(Quantity.count(count, "picture")), nothing is learned"
    }
    let free = choices.folder.freeByteCount.map { " (\(Quantity.bytes($0)) free)" } ?? ""
    return "\(Quantity.count(choices.epochs, "epoch")) of "
      + "\(Quantity.count(job.schedule.stepsPerEpoch, "step")) "
      + "of \(Quantity.count(stepSize, "picture")), "
      + "\(Quantity.bytes(job.predictedByteCount)) to write\(free)"
  }

  /// The pictures of a step; the last of an epoch may have fewer.
  private var stepSize: Int {
    min(choices.batchSize * job.partCount, job.training.set.samples.count)
  }

  private var notes: [String] {
    var lines: [String] = []
    for set in [job.training.set, job.validation.set] + (job.probe.map { [$0.reader.set] } ?? []) {
      for line in Self.notes(on: set) where !lines.contains(line) { lines.append(line) }
    }
    if leftOutCount > 0 {
      lines.append(
        "each epoch leaves out \(Quantity.count(leftOutCount, "picture")), others each time: "
          + "too few for a batch of their own")
    }
    return lines
  }

  /// What of a folder is not used.
  private static func notes(on set: PictureSet) -> [String] {
    let count = set.unlabelledCount
    let pictures = "passed over \(Quantity.count(count, "picture")) without an object"
    let lines = [count > 0 ? pictures : nil, InputList.passedOverLine(set.passedOver)]
    return lines.compactMap { $0.map { "\(set.path): \($0)" } }
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
