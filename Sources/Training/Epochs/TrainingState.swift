import Graphs
import Jobs
import Models
import Tensors

/// All that the rest of a training run depends on: `state/state.safetensors`.
struct TrainingState: Sendable {
  /// How far the run is.
  struct Progress: Sendable, Hashable {
    /// The whole epochs done.
    var epoch = 0
    /// The batches of the next one that are done.
    var batch = 0
    /// What these have shown.
    var score = Score()
    /// How many of their pictures could not be read.
    var unreadableCount = 0
    /// The files that could not be used so far, in whichever epoch.
    var unreadable: Set<String> = []
    /// The epoch that judged best so far, counted from 1, and its score.
    var best: Best?
  }

  /// The epoch whose weights are kept.
  struct Best: Sendable, Hashable {
    let epoch: Int
    let score: Score
  }

  /// How far the run is.
  var progress: Progress
  /// What the trainer goes on from.
  var trainer: Trainer.Snapshot
  /// The maps of the probe behind the last whole epoch, `[N, 1, H, W]`; nil without a probe.
  var maps: HostTensor<Float>?
  /// What the pictures of the run are told by.
  var pictures: String
  /// The parts of a step, over all ranks.
  var partCount: Int
}

// MARK: - The file

extension TrainingState {
  /// Writes the state, whole or not at all.
  /// - Throws: `Failure` of kind `inputOutput`; what was there before is there still.
  func write(to path: String) throws(Failure) {
    var tensors = [(name: ParameterName("weights"), source: source(trainer.weights))]
    if let statistics = trainer.statistics {
      tensors.append((name: "statistics", source: source(statistics)))
    }
    if let maps { tensors.append((name: "maps", source: source(maps))) }
    let chunks = SafetensorsChunks(
      tensors,
      metadata: [
        "progress": progress.json.description, "pictures": pictures,
        "steps": String(trainer.stepCount), "samples": String(trainer.sampleCount),
        "parts": String(partCount),
      ])
    try WholeFile.write(chunks, to: path)
  }

  private func source(_ tensor: HostTensor<Float>) -> any WeightSource { HostWeights(tensor) }

  /// Reads the state that a run left.
  /// - Throws: `Failure` where it cannot be read or is damaged.
  init(reading path: String) throws(Failure) {
    let damaged = Failure(
      .content, path, "is no state of a training run", try: "start over with --overwrite")
    let file: SafetensorsFile
    do throws(ModelError) {
      file = try SafetensorsFile(MappedFile(path))
    } catch {
      throw damaged
    }
    let metadata = file.metadata
    guard let text = metadata["progress"], let json = JSONValue(parsing: text.utf8),
      let progress = Progress(json), let pictures = metadata["pictures"],
      let steps = metadata["steps"].flatMap({ Int($0)?.counted }),
      let samples = metadata["samples"].flatMap({ Int($0)?.counted }),
      let parts = Int(metadata["parts"] ?? "1")?.counted
    else { throw damaged }
    do throws(WeightError) {
      guard let weights = try file.weights["weights"]?.tensor() else { throw WeightError("") }
      trainer = Trainer.Snapshot(
        stepCount: steps, sampleCount: samples, weights: weights,
        statistics: try file.weights["statistics"]?.tensor())
      maps = try file.weights["maps"]?.tensor()
    } catch {
      throw damaged
    }
    self.progress = progress
    self.pictures = pictures
    partCount = parts
  }
}

extension TrainingState.Progress {
  fileprivate var json: JSONValue {
    [
      "epoch": .integer(epoch), "batch": .integer(batch), "score": score.json,
      "unreadable": .integer(unreadableCount),
      "files": .array(unreadable.sorted().map(JSONValue.string)),
      "best": best.map { ["epoch": .integer($0.epoch), "score": $0.score.json] } ?? .null,
    ]
  }

  /// Reads what `json` wrote; nil where it is something else.
  fileprivate init?(_ json: JSONValue) {
    guard let epoch = json["epoch"]?.integer?.counted, let batch = json["batch"]?.integer?.counted,
      let score = Score(json["score"]), let unreadable = json["unreadable"]?.integer?.counted,
      let files = json["files"]?.array
    else { return nil }
    let best = json["best"]?["epoch"]?.integer?.counted.flatMap { epoch in
      Score(json["best"]?["score"]).map { TrainingState.Best(epoch: epoch, score: $0) }
    }
    self.init(
      epoch: epoch, batch: batch, score: score, unreadableCount: unreadable,
      unreadable: Set(files.compactMap(\.string)), best: best)
  }
}

extension Score {
  fileprivate var json: JSONValue {
    // As text, which holds what is no number too.
    let loss = JSONValue.string(lossSum.description)
    return ["loss": loss, "correct": .integer(correctCount), "count": .integer(count)]
  }

  fileprivate init?(_ json: JSONValue?) {
    guard let loss = json?["loss"]?.string.flatMap({ Double($0) }),
      let correct = json?["correct"]?.integer?.counted,
      let count = json?["count"]?.integer?.counted
    else { return nil }
    self.init(lossSum: loss, correctCount: correct, count: count)
  }
}

extension Int {
  /// The number, where a run can have counted so far; sums of such numbers are in range.
  fileprivate var counted: Int? { 0..<1 << 48 ~= self ? self : nil }
}
