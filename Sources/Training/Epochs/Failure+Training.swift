import Execution
import Jobs

extension Failure {
  /// The failure behind an error of training.
  public init(_ error: TrainingError, trainedOn device: String) {
    switch error {
    case .backend(.outOfMemory(let what)):
      self.init(
        .temporary, device, "out of memory: \(what)",
        try: "give a smaller --batch-size or --size, or raise --memory")
    case .backend(let error): self.init(error, device: device)
    case .rank(let failure): self = failure
    case .graph(let error):
      self.init(
        .content, "the model", error.description,
        try: "train one of the networks that salient train --help lists")
    case .explanation(.unsuitable(let reason)):
      self.init(.usage, "--augment", reason, try: "--augment none trains without maps")
    case .explanation(let error):
      self.init(
        .content, "the maps", error.description,
        try: "choose another method, or --augment none")
    case .weights(let what):
      self.init(.content, "the model", what, try: "give another --model, or save it again")
    case .otherState:
      self.init(
        .content, "--resume", "the state is that of another network or optimiser",
        try: "start over with --overwrite, or write to another folder with -o")
    case .unknownLayer(let pattern, let layers):
      self.init(
        .usage, "--freeze \(pattern)", "no layer has such a name",
        try: "the outermost are \(layers.joined(separator: ", "))")
    case .onlyStatistics(let pattern):
      self.init(
        .usage, "--freeze \(pattern)", "only statistics of normalisations have such names",
        try: "name the layer or its weight: they stay as they are with it")
    case .everythingIsFrozen:
      self.init(.usage, "--freeze", "every layer is frozen", try: "leave one to be trained")
    case .batch(let what): self.init(.content, "a batch", what, try: "give another --batch-size")
    case .lossNotFinite(let step, let layer):
      let place = layer.map { ", first at layer \($0)" } ?? ""
      self.init(
        .content, "step \(step)", "the loss is not finite\(place)",
        try: "start over with a smaller --lr, --warmup 1 or --clip 1, by --overwrite or another -o;"
          + " best.safetensors stays until then")
    }
  }

  /// The failure of a set of which nothing is left.
  static func noPicture(of set: PictureSet) -> Failure {
    Failure(
      .content, set.path, "none of its pictures can be read", try: "see the lines above")
  }
}
