import Jobs
import Models
import Training

/// The last layer of a trained network, for the classes of some pictures.
struct LastLayer {
  /// Whether it has to learn from the start.
  let isNew: Bool
  /// The names of its classes.
  let labels: [String]
  /// What became of it, and why.
  let note: String

  /// Keeps the layer where the classes are those of the model, or as many and the model names none.
  /// - Parameters:
  ///   - network: the trained network.
  ///   - set: the pictures.
  ///   - wish: what is asked for; nil for what fits.
  /// - Throws: `Failure` where it is to be kept and has another number of classes.
  init(of network: Network, _ set: PictureSet, _ wish: StartingNetwork.Head?) throws(Failure) {
    let count = network.classCount ?? 0
    let names = set.classNames
    let classes = Quantity.count(names.count, "class", "classes")
    let isKnown = network.labels.map { Set(names).isSubset(of: $0) }
    switch (wish, names.count == count, isKnown) {
    case (.new, _, _):
      (isNew, labels, note) = (true, names, "made new [--head new]: \(classes)")
    case (.keep, false, _):
      throw Failure(
        .usage, "--head keep",
        "the model has \(Quantity.count(count, "class", "classes")), DATA \(classes)",
        try: "leave it out, and the last layer is made new")
    case (_, false, _):
      let others = "the model has \(Quantity.grouped(count))"
      (isNew, labels, note) = (true, names, "made new: \(classes), \(others)")
    case (_, true, true?):
      (isNew, labels, note) = (false, network.labels ?? names, "kept: \(classes) of the model")
    case (nil, true, false?):
      (isNew, labels, note) = (true, names, "made new: \(classes), others than the model's")
    case (_, true, _):
      (isNew, labels, note) = (false, names, "kept: \(classes), in the order of DATA")
    }
  }
}
