import Execution
import Jobs
import Saliency

extension TrainingJob {
  /// The most bytes of device memory that the run takes at once, counted by going through it: the
  /// first steps, the judging and the maps of its first and last epoch.
  ///
  /// No picture is read, and the folder stays as it is.
  /// - Parameter engine: counts, and does not compute.
  /// - Returns: bytes; nil where the engine does not count.
  /// - Throws: `Failure` where the run cannot be done, of kind `temporary` where memory is short.
  public func deviceByteCount(on engine: any Backend) async throws(Failure) -> Int? {
    try await rehearsed(on: engine).rehearse()
    return engine.peakByteCount
  }

  /// The same run on another engine and with blank images, alone: what it puts on its device is what
  /// each of several ranks does.
  private func rehearsed(on engine: any Backend) -> TrainingJob {
    var job = self
    job.backend = engine
    job.ranks = Ranks()
    job.training = training.blank()
    job.validation = validation.blank(2 * batchSize)
    job.windows = windows.map { WindowEpochs($0.count, $0.reader.blank(), $0.blueprint) }
    job.probe = probe.map { MapProbe($0.reader.blank(), $0.method, at: $0.layer, $0.options) }
    return job
  }

  private func rehearse() async throws(Failure) {
    var (trainer, augmentation, validation) = try await parts(nil)
    var session: Session?
    _ = try await probeMaps(of: trainer, &session)
    // Behind the epochs of windows another trainer finds its room.
    let epochs = Set([0, windows?.count ?? 0, schedule.epochs - 1])
    for epoch in epochs.sorted() where epoch < schedule.epochs {
      let progress = TrainingState.Progress(epoch: epoch)
      if let next = try await self.trainer(in: progress, after: trainer) { trainer = next }
      try await rehearseSteps(of: epoch, trainer, augmentation)
      let upcoming = batches(epoch: epoch)
      await upcoming.settle()
      _ = try await validation.score()
      _ = consume upcoming
      _ = try await probeMaps(of: trainer, &session)
    }
  }

  private func rehearseSteps(
    of epoch: Int, _ trainer: Trainer, _ augmentation: (any BatchAugmentation)?
  ) async throws(Failure) {
    var queue = batches(epoch: epoch)
    var number = 0
    // The batches differ in how many of their pictures are changed: the most of some are counted.
    while number < (augmentation == nil ? 2 : 16), let batch = try await queue.next() {
      await queue.settle()
      do throws(TrainingError) {
        var parts: [Trainer.Part] = []
        for part in batch.parts where part.labels.count >= trainer.fewestRows {
          guard let images = part.images else { continue }
          let place = BatchPlace(
            seed: training.seed, epoch: epoch, batch: number, samples: part.samples)
          let seen = try await augmentation?.augmented(images, labels: part.labels, at: place)
          parts.append(Trainer.Part(seen ?? images, labels: part.labels))
        }
        if !parts.isEmpty { _ = try await trainer.step(parts, rate: 0) }
      } catch {
        throw Failure(error, trainedOn: backend.name)
      }
      number += 1
    }
  }
}
