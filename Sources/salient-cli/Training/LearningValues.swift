import Jobs
import Operators
import Training

/// What the flags say of how a network learns.
struct LearningValues {
  /// The flags with their texts.
  let texts: FlagTexts
  private let frozen: [String]

  init(_ learning: LearningOptions, _ sources: TrainingSources) {
    var texts = FlagTexts(
      [
        "validation": learning.validation, "epochs": learning.epochs,
        "batch-size": learning.batchSize, "accumulate": learning.accumulate,
        "sync-batch-norm": learning.syncBatchNorm ? "true" : nil,
        "lr": learning.lr, "schedule": learning.schedule,
        "warmup": learning.warmup, "optimizer": learning.optimizer,
        "momentum": learning.momentum, "weight-decay": learning.weightDecay,
        "label-smoothing": learning.labelSmoothing, "clip": learning.clip,
        "augment": learning.augment, "probe": learning.probe,
      ], sources)
    if texts["optimizer"] == Rule.adamw.rawValue { texts["momentum"] = learning.momentum }
    // What suits long runs must not keep short ones from their rate.
    if sources.flags.text("warmup", learning.warmup) == nil, Int(texts["epochs"] ?? "") == 1 {
      texts["warmup"] = "0"
    }
    self.texts = texts
    frozen = sources.flags.texts("freeze", learning.freeze, default: [])
  }

  /// The text of a flag that always has one.
  subscript(flag: String) -> String { texts[flag] ?? "" }

  /// The flags as run.json keeps them.
  var flags: [JSONValue.Member] {
    texts.members + [.init("freeze", .array(frozen.map(JSONValue.string)))]
  }

  /// The number of a flag.
  func number(_ flag: String, in range: ClosedRange<Double>) throws(Failure) -> Double {
    try Flags.number(self[flag], "--\(flag)", in: range)
  }

  /// `--validation`.
  var validation: TrainingChoices.Validation {
    get throws(Failure) {
      let text = self["validation"]
      guard let share = Double(text) else { return .folder(text) }
      guard 0.0001...0.9999 ~= share else {
        throw Failure(
          .usage, "--validation \(text)", "is no share of the pictures",
          try: "give a number between 0 and 1, --validation 0.1, or a folder with others")
      }
      return .share(share)
    }
  }

  /// `--schedule`.
  var decay: Schedule.Decay {
    get throws(Failure) {
      if let decay = Schedule.Decay(self["schedule"]) { return decay }
      throw Failure(
        .usage, "--schedule \(self["schedule"])", "is no schedule",
        try: "write constant, cosine or step:15:0.1")
    }
  }

  /// `--warmup`, fewer than all epochs.
  func warmUp(epochs: Int) throws(Failure) -> Int {
    guard let count = Int(self["warmup"]), count >= 0 else {
      throw Failure(
        .usage, "--warmup \(self["warmup"])", "is no whole number from 0", try: "write --warmup 1")
    }
    guard count < epochs else {
      throw Failure(
        .usage, "--warmup \(count)", "leaves no epoch at the full rate",
        try: "give fewer than --epochs \(epochs)")
    }
    return count
  }

  /// `--accumulate`; the statistics of parts that follow each other cannot be shared.
  var accumulation: Int {
    get throws(Failure) {
      let count = try Flags.count(self["accumulate"], "--accumulate")
      guard count == 1 || texts["sync-batch-norm"] == nil else {
        throw Failure(
          .usage, "--sync-batch-norm",
          "parts that follow each other (--accumulate \(count)) share no statistics",
          try: "leave out one of both")
      }
      return count
    }
  }

  /// The optimiser and what goes with it.
  var options: TrainingOptions {
    get throws(Failure) {
      var options = TrainingOptions()
      options.optimizer = try optimizer
      options.smoothing = Float(try number("label-smoothing", in: 0...1))
      if texts["clip"] != nil { options.clipping = Float(try number("clip", in: 1e-9...1e9)) }
      options.sharesStatistics = texts["sync-batch-norm"] != nil
      options.frozen = frozen.flatMap { $0.split(separator: ",") }.map { LayerPattern(String($0)) }
      return options
    }
  }

  private enum Rule: String, CaseIterable {
    case sgd, nesterov, adamw
  }

  private var optimizer: Optimizer {
    get throws(Failure) {
      let rule = try Flags.word(self["optimizer"], "--optimizer", as: Rule.self)
      let decay = Float(try number("weight-decay", in: 0...1))
      guard rule != .adamw else {
        if let momentum = texts["momentum"] {
          throw Failure(
            .usage, "--momentum \(momentum)", "adamw has none",
            try: "leave it out, or give --optimizer sgd")
        }
        return .adamW(weightDecay: decay)
      }
      let momentum = Float(try number("momentum", in: 0...0.9999))
      return .sgd(momentum: momentum, weightDecay: decay, isNesterov: rule == .nesterov)
    }
  }
}
