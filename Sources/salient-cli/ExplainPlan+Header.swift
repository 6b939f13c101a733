import Jobs
import Models
import Salient

extension ExplainPlan {
  /// The lines before the first kernel; a word in brackets says where a value comes from.
  var header: [String] {
    [modelLine, inputLine, layerLine] + (truthLine.map { [$0] } ?? []) + [deviceLine, workLine]
      + notes.map { "note     \($0)".onOneLine }
  }

  private var network: Network { model.network }

  private var notes: [String] {
    network.notes + (layerNote.map { [$0] } ?? []) + methodNotes
      + (job.turnedLine.map { [$0] } ?? [])
  }

  /// What the methods say of this network, once where several say the same.
  private var methodNotes: [String] {
    let graph = network.graph.with(outputs: [network.logits.value])
    var said: [(note: String, names: [String])] = []
    for method in job.methods {
      guard let note = method.explainer.needs(graph).note else { continue }
      if let place = said.firstIndex(where: { $0.note == note }) {
        said[place].names.append(method.name)
      } else {
        said.append((note, [method.name]))
      }
    }
    return said.map { "\($0.names.joined(separator: ", ")): \($0.note)" }
  }

  private var modelLine: String {
    let file = choices.model.split(separator: "/").last.map(String.init) ?? choices.model
    let count = network.classCount ?? 0
    var outputs = count == 1 ? "1 output, 2 classes" : "\(Quantity.grouped(count)) classes"
    if count == 0 {
      outputs =
        "no classes, "
        + network.namedOutputs.prefix(4).map(\.description)
        .joined(separator: ", ")
    }
    let names = job.labels.map { "names: \($0.origin)" } ?? "no names"
    let origin =
      choices.labels != nil
      ? "[--labels]"
      : job.labels == nil
        ? "[the file states none]" : network.labels == nil ? "[assumed]" : "[model]"
    return "model    \(file)  \(Quantity.millions(network.parameterCount)) parameters, \(outputs); "
      + "\(names) \(origin)"
  }

  private var inputLine: String {
    "input    \(preset.line(network.imageShape, pictures: job.inputs.contains { $0.picture != nil }))"
  }

  private var truthLine: String? {
    guard let truth else { return nil }
    let known = job.inputs.count { $0.truth.index != nil }
    return "truth    \(truth.name) [\(truth.origin)]: known for \(Quantity.grouped(known)) of "
      + Quantity.count(job.inputs.count, "image")
      + (truth.isByPosition ? ", its classes taken by position" : "")
  }

  private var layerLine: String {
    let origin = choices.layers.isEmpty ? " [automatic]" : ""
    let isRead = job.methods.contains(where: \.explainer.readsLayer)
    let layers =
      !isRead
      ? ["none: the methods read the image"]
      : job.layers.map { layer in
        let tensor = layer.tensor == layer.name ? "" : " = \(layer.tensor)"
        return "\(layer.name)\(tensor)\(origin)  \(layer.shape)"
      }
    let scores = job.engine.options.scores
    let source =
      choices.scores != nil
      ? choices.scoresOrigin : network.logits.terminal == .none ? "default" : "model"
    return
      "layer    \(layers.joined(separator: ", "))        scores  \(scores.rawValue) [\(source)]"
  }

  /// Which methods a flag does not matter to; nil where none was given, or it matters to all.
  private var layerNote: String? {
    let others = job.methods.filter { !$0.explainer.readsLayer }.map(\.name)
    guard !choices.layers.isEmpty, !others.isEmpty else { return nil }
    return "--layer does not matter to \(others.joined(separator: ", "))"
  }

  private var deviceLine: String {
    let device = model.device
    let place = device.index.map { "\($0) " } ?? ""
    let driver = device.driver.map { ", driver \($0)" } ?? ", double precision"
    let origin = choices.device == "auto" ? " [automatic]" : ""
    return "device   \(place)\(device.name)\(driver)\(origin)  \(choices.precision.rawValue), "
      + "\(Quantity.count(job.batchSize, "image")) in flight\(atMost), \(memoryText)"
  }

  /// Whether memory may allow fewer images in flight than asked for.
  private var atMost: String {
    prediction.memory.map { prediction.deviceByteCount > $0 } ?? false ? " at most" : ""
  }

  /// What the device needs of what it has; with too little of it, what one image needs.
  private var memoryText: String {
    let wish = "about \(Quantity.binaryBytes(prediction.deviceByteCount))"
    guard let memory = prediction.memory else { return wish }
    guard prediction.deviceByteCount > memory else {
      return "\(wish) of \(Quantity.binaryBytes(memory))"
    }
    return "one image takes about \(Quantity.binaryBytes(prediction.leastByteCount)) of "
      + Quantity.binaryBytes(memory)
  }

  private var workLine: String {
    let inputs = Quantity.count(job.inputs.count, "image")
    let isLayered = job.methods.contains(where: \.explainer.readsLayer)
    let layers = isLayered && job.layers.count > 1 ? " x \(job.layers.count) layers" : ""
    let free = prediction.freeByteCount.map { " (\(Quantity.bytes($0)) free)" } ?? ""
    return "work     \(inputs) x \(Quantity.count(job.methods.count, "method")) "
      + "x \(Quantity.count(job.targets.count, "target"))\(layers) "
      + "= \(Quantity.count(prediction.passes)), "
      + "about \(Quantity.duration(seconds: prediction.seconds)), "
      + "\(Quantity.bytes(prediction.byteCount)) to write\(free)"
  }
}
