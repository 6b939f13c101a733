import Jobs

/// How the pictures of a step are dealt to ranks, and how many each epoch leaves out.
extension TrainingJob {
  /// The parts of a step, over all ranks.
  public var partCount: Int { ranks.count * accumulation }

  /// Which pictures make which step, all parts together.
  var order: BatchOrder {
    BatchOrder(
      sampleCount: training.set.samples.count, batchSize: batchSize * partCount,
      seed: training.seed)
  }

  /// The places of a step in the parts of this rank: part a · R + r in round a for rank r of R.
  func ownParts(of places: [Int]) -> [[Int]] {
    let parts = Self.parts(of: places, count: partCount)
    return stride(from: ranks.rank, to: partCount, by: ranks.count).map { parts[$0] }
  }

  /// The batches of an epoch, counted from 0, in the parts of this rank.
  func batches(epoch: Int, from first: Int = 0) -> BatchQueue {
    BatchQueue(
      reader(in: epoch), order.batches(epoch: epoch).dropFirst(first).map(ownParts), epoch: epoch,
      on: backend)
  }

  /// Which batch of the run some pictures of an epoch are, both counted from 0.
  func place(of samples: [Int], epoch: Int, batch: Int) -> BatchPlace {
    BatchPlace(seed: training.seed, epoch: epoch, batch: batch, samples: samples)
  }

  /// The batches of the next epoch, whose first pictures are read while this one is judged.
  /// - Parameter epoch: counted from 0.
  /// - Returns: nil where there is none, and where another trainer has to find room first.
  func upcomingBatches(behind epoch: Int) -> BatchQueue? {
    let next = epoch + 1
    guard next < schedule.epochs, next != windows?.count else { return nil }
    return batches(epoch: next)
  }

  /// The places of a step in parts that differ by one picture at most.
  static func parts(of places: [Int], count: Int) -> [[Int]] {
    (0..<count).map { part in
      Array(places[places.count * part / count..<places.count * (part + 1) / count])
    }
  }

  /// Whether the statistics of normalisations are those of several ranks.
  var sharesStatistics: Bool { options.sharesStatistics && ranks.count > 1 }

  /// The pictures that every epoch leaves out, others each time: too few for a part of their own.
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
    let normalisedCount = sharesStatistics ? batchSize * ranks.count : batchSize
    guard normalisedCount >= fewest else {
      throw Failure(
        .usage, "--batch-size \(batchSize)",
        "a layer has one number a channel of an image, and one number has no variance",
        try: "--batch-size \(fewest), or a larger --size")
    }
    let rest = Array(0..<count % (batchSize * partCount))
    let parts = sharesStatistics ? [rest] : Self.parts(of: rest, count: partCount)
    let leftOut = parts.filter { $0.count < fewest }.reduce(0) { $0 + $1.count }
    guard leftOut < count else {
      let pictures = count == 1 ? "one picture" : "one picture a part"
      throw Failure(
        .content, training.set.path,
        "\(pictures) to learn from, whose layers have one number a channel: that has no variance",
        try: "give more pictures, or a larger --size")
    }
    return leftOut
  }
}
