import Jobs
import Saliency

/// A published set-up as one word: values for flags that are not given.
package struct Recipe: Sendable {
  /// Its name on the command line.
  package let name: String
  /// Values by the long name of a flag, without dashes.
  package let values: [String: [String]]

  /// All recipes.
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

  private init(name: String, values: [String: [String]]) {
    self.name = name
    self.values = values
  }

  /// The recipe of a name.
  /// - Throws: `Failure` naming the nearest.
  init(named name: String) throws(Failure) {
    guard let recipe = Self.all.first(where: { $0.name == name }) else {
      let names = Self.all.map(\.name)
      throw Failure(
        .usage, "--recipe \(name)", "no such recipe",
        try: Spelling.question(name, names) ?? "there are \(names.joined(separator: ", "))")
    }
    self = recipe
  }
}
