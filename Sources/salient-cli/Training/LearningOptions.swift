import ArgumentParser

/// How a network learns.
struct LearningOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Judge by DIR, or by a share of DATA (0.1).", valueName: "dir|share"))
  var validation: String?

  @Option(help: ArgumentHelp("How often every picture is seen (20).", valueName: "n"))
  var epochs: String?

  @Option(help: ArgumentHelp("Images of a step, or of a part of one (32).", valueName: "n"))
  var batchSize: String?

  @Option(help: ArgumentHelp("Parts of a step, one after the other (1).", valueName: "n"))
  var accumulate: String?

  @Flag(help: "Normalise by the images of all ranks, which mpirun or srun start.")
  var syncBatchNorm = false

  @Option(help: "Learning rate (train 0.05, finetune 0.001; with adamw 0.001, 0.0001).")
  var lr: String?

  @Option(help: "constant, cosine, step:EPOCHS:FACTOR (train cosine, finetune step:15:0.1).")
  var schedule: String?

  @Option(help: ArgumentHelp("Epochs of growing rate (train 1, finetune 0).", valueName: "n"))
  var warmup: String?

  @Option(help: "sgd (default), nesterov, adamw.")
  var optimizer: String?

  @Option(help: "Of sgd and nesterov (0.9).")
  var momentum: String?

  @Option(help: "0.0001; with adamw 0.01.")
  var weightDecay: String?

  @Option(help: "The share of a label that goes to all classes (0).")
  var labelSmoothing: String?

  @Option(help: "The norm that all gradients together may have (any).")
  var clip: String?

  @Option(help: "Layers that stay as they are, * for any characters; repeats.")
  var freeze: [String] = []

  @Option(help: "METHOD[:KEY=VALUE]... or none (train none, finetune group-cam:variant=fast).")
  var augment: String?

  @Option(help: ArgumentHelp("Compare the maps of its pictures each epoch.", valueName: "dir"))
  var probe: String?

  @Option(help: "group-cam-paper: that paper's fine-tuning.")
  var recipe: String?

  @Option(help: ArgumentHelp("Only write N pictures as the network will see them.", valueName: "n"))
  var preview: String?
}
