import Jobs
import Saliency

extension PictureSet {
  /// The set in two: pictures to learn from, and a share of them to judge by.
  ///
  /// A picture's part follows from its name and the share alone, so that pictures that come to the
  /// set move no others.
  /// - Parameter share: the expected part of the pictures for validation, above 0 and below 1.
  /// - Returns: both parts; classes and their order stay.
  /// - Throws: `Failure` where a class has no picture left to learn from, or none is left to judge by.
  public func split(
    validationShare share: Double
  ) throws(Failure) -> (training: PictureSet, validation: PictureSet) {
    precondition(0 < share && share < 1, "share \(share)")
    var (training, validation) = (self, self)
    let isHeldOut = { (sample: Sample) in
      Double(FNV1a.spread(sample.name) >> 11) * 0x1p-53 < share
    }
    training.samples = samples.filter { !isHeldOut($0) }
    validation.samples = samples.filter(isHeldOut)
    let remedy = "give --validation DIR, another share, or more pictures"
    guard !validation.samples.isEmpty else {
      throw Failure(
        .content, path, "none of \(Quantity.count(samples.count, "picture")) is held out",
        try: remedy)
    }
    for (label, pair) in zip(counts, training.counts).enumerated() where pair.1 == 0 && pair.0 > 0 {
      throw Failure(
        .content, path, "every picture of class \(classNames[label]) is held out", try: remedy)
    }
    // What is wrong with the files is told once.
    validation.unreadable = []
    validation.unlabelledCount = 0
    validation.passedOver = [:]
    return (training, validation)
  }

  /// The set with classes in another order: those of a network, or of the set that it learned from.
  /// - Parameters:
  ///   - names: the names of the classes by index.
  ///   - owner: whose names they are, for errors: `the model`.
  /// - Returns: the same pictures, their labels indices into these names.
  /// - Throws: `Failure` where a class with pictures is none of the names.
  public func aligned(to names: [String], of owner: String) throws(Failure) -> PictureSet {
    let places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    for (name, count) in zip(classNames, counts) where count > 0 && places[name] == nil {
      throw Failure(
        .content, path,
        "class \(name) is none of the \(Quantity.count(names.count, "class", "classes")) of \(owner)",
        try: Spelling.question(name, names))
    }
    var set = self
    set.classNames = names
    for place in set.samples.indices {
      set.samples[place].label = places[classNames[samples[place].label]] ?? 0
    }
    return set
  }
}
