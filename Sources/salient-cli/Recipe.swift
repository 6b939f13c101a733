import Jobs
import Saliency

/// A published set-up as one word: values for flags that are not given.
package struct Recipe: Sendable {
  /// Its name on the command line.
  package let name: String
  /// Values by the long name of a flag, without dashes.
  package let values: [String: [String]]

  /// The recipes of explanations.
  package static let all = [
    // F. Chollet, "Grad-CAM class activation visualization", keras.io, its first form: VGG-16 with
    // Caffe's preprocessing, the gradient of the probability, channels averaged, JET over it.
    Recipe(
      name: "keras-blog",
      values: [
        "preset": ["caffe"], "resample": ["nearest"], "target": ["prob:top1"],
        "method": ["grad-cam"],
        "set": ["grad-cam.reduce=mean", "grad-cam.finish=blog"], "overlay": ["blog"],
      ]),
    // Q. Zhang, L. Rao, Y. Yang, Group-CAM, 2021: as the paper describes it.
    Recipe(
      name: "group-cam-paper",
      values: [
        "preset": ["imagenet"], "target": ["top1"], "method": ["group-cam"],
        "set": ["group-cam.variant=paper"], "overlay": ["group-cam"],
      ]),
    // The same authors' repository as it stands.
    Recipe(
      name: "group-cam-head",
      values: [
        "preset": ["imagenet"], "target": ["top1"], "method": ["group-cam"],
        "set": ["group-cam.variant=head"], "overlay": ["group-cam"],
      ]),
  ]

  /// The recipes of fine-tuning.
  static let training = [
    // Q. Zhang, L. Rao, Y. Yang, Group-CAM, 2021, section 4.5: ResNet-50 on ImageNet.
    Recipe(
      name: "group-cam-paper",
      values: [
        "preset": ["imagenet"], "optimizer": ["sgd"], "momentum": ["0.9"],
        "weight-decay": ["0.0001"], "batch-size": ["256"], "lr": ["0.001"],
        "schedule": ["step:15:0.1"], "warmup": ["0"], "epochs": ["20"],
        "augment": ["group-cam:variant=fast"],
      ])
  ]

  private init(name: String, values: [String: [String]]) {
    self.name = name
    self.values = values
  }

  /// The recipe of a name.
  /// - Throws: `Failure` naming the nearest.
  init(named name: String, among recipes: [Recipe]) throws(Failure) {
    guard let recipe = recipes.first(where: { $0.name == name }) else {
      let names = recipes.map(\.name)
      throw Failure(
        .usage, "--recipe \(name)", "no such recipe",
        try: Spelling.question(name, names) ?? "there are \(names.joined(separator: ", "))")
    }
    self = recipe
  }
}
