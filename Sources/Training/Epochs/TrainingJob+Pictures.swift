import Jobs

extension TrainingJob {
  /// Which pictures make which step.
  var order: BatchOrder {
    BatchOrder(
      sampleCount: training.set.samples.count, batchSize: batchSize, seed: training.seed)
  }

  /// The pictures that every epoch leaves out, others each time: too few for a batch of their own.
  /// - Returns: 0 where a picture alone has a variance to be normalised by.
  /// - Throws: `Failure` where these are all pictures, or the network cannot be trained.
  public func leftOutCount() throws(Failure) -> Int {
    let fewest: Int
    do throws(TrainingError) {
      fewest = try options.fewestRows(of: model.blueprint.graph)
    } catch {
      throw Failure(error, trainedOn: backend.name)
    }
    let count = training.set.samples.count
    guard batchSize >= fewest else {
      throw Failure(
        .usage, "--batch-size \(batchSize)",
        "a layer has one number a channel of an image, and one number has no variance",
        try: "--batch-size \(fewest), or a larger --size")
    }
    guard count >= fewest else {
      throw Failure(
        .content, training.set.path,
        "one picture to learn from, whose layers have one number a channel: that has no variance",
        try: "give more pictures, or a larger --size")
    }
    let rest = count % batchSize
    return rest < fewest ? rest : 0
  }

  /// What the pictures come from: to learn from, to judge by, and those of the probe.
  var sets: [PictureSet] {
    [training.set, validation.set] + (probe.map { [$0.reader.set] } ?? [])
  }

  /// What tells the pictures of a run from others: their names and classes.
  var pictures: String {
    let lines = sets.flatMap { set in set.samples.map { "\($0.label) \($0.name)" } + [""] }
    return String(FNV1a.spread(lines.joined(separator: "\n")), radix: 16)
  }

  /// The files of all sets, each once, those that are no pictures too.
  var fileCount: Int {
    Set(sets.flatMap { $0.samples.map(\.picture.path) + $0.unreadable.map(\.place) }).count
  }
}
