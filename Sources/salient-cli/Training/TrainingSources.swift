import Jobs

/// Where the values of flags of `train` and `finetune` come from: the command line, a recipe, an
/// earlier run, then what suits the verb.
struct TrainingSources {
  /// The verbs that train.
  enum Verb: String {
    case train, finetune
  }

  let verb: Verb
  let flags: FlagSources
  private let defaults: [String: String]

  init(_ verb: Verb, _ learning: LearningOptions, _ run: RunOptions) throws(Failure) {
    self.verb = verb
    flags = try FlagSources(
      recipe: learning.recipe, earlier: run.earlier, among: Recipe.training,
      verbs: [Verb.train.rawValue, Verb.finetune.rawValue])
    let isAdam = flags.text("optimizer", learning.optimizer) == "adamw"
    defaults = Self.common.merging(Self.own[verb] ?? [:]) { $1 }
      .merging(isAdam ? Self.adam[verb] ?? [:] : [:]) { $1 }
  }

  /// The value of a flag; nil where none is in force.
  func text(_ flag: String, _ given: String?) -> String? {
    flags.text(flag, given) ?? defaults[flag]
  }

  /// The value of a flag that always has one.
  func value(_ flag: String, _ given: String?) -> String { text(flag, given) ?? "" }

  private static let common = [
    "validation": "0.1", "epochs": "20", "batch-size": "32", "accumulate": "1", "optimizer": "sgd",
    "momentum": "0.9", "weight-decay": "0.0001", "label-smoothing": "0", "device": "auto",
    "seed": "0",
  ]

  private static let own: [Verb: [String: String]] = [
    .train: ["lr": "0.05", "schedule": "cosine", "warmup": "1", "augment": "none"],
    .finetune: [
      "lr": "0.001", "schedule": "step:15:0.1", "warmup": "0", "augment": "group-cam:variant=fast",
    ],
  ]

  private static let adam: [Verb: [String: String]] = [
    .train: ["lr": "0.001", "weight-decay": "0.01"],
    .finetune: ["lr": "0.0001", "weight-decay": "0.01"],
  ]
}
