import Execution
import Jobs
import Tensors

extension TrainingRun {
  /// Does the steps that are left of an epoch.
  /// - Returns: the rate of the last of them.
  /// - Throws: `Failure` where it is stopped between two steps, or one cannot be done.
  mutating func learn() async throws(Failure) -> Float {
    let batches = job.order.batches(epoch: progress.epoch)
    let first = progress.epoch * batches.count
    pace = Pace(mapTime: augmentation == nil ? nil : .zero)
    var queue = BatchQueue(
      job.reader(in: progress.epoch), batches.dropFirst(progress.batch), epoch: progress.epoch)
    var start = ContinuousClock.now
    while let batch = try await queue.next() {
      guard !Task.isCancelled else { throw Failure(.interrupted, "", "interrupted") }
      try await step(batch, rate: job.schedule.rate(at: first + progress.batch))
      // Only now: a step that is stopped on its way is done again, and counted then.
      progress.unreadableCount += batch.failures.count
      progress.batch += 1
      pace.time += ContinuousClock.now - start
      start = .now
      report(
        .stepped(
          TrainingEvent.Progress(
            epoch: progress.epoch + 1, stepCount: progress.batch, stepTotal: batches.count,
            score: progress.score, pace: pace)))
    }
    guard progress.score.count > 0 else {
      let isUnreadable = progress.unreadableCount == job.training.set.samples.count
      throw isUnreadable ? .noPicture(of: job.training.set) : .noStep(of: job.training.set)
    }
    return job.schedule.rate(at: first + batches.count - 1)
  }

  private mutating func step(_ batch: Batch, rate: Float) async throws(Failure) {
    tell(batch.failures)
    // A picture left alone that has no variance to be normalised by is learned from in other epochs.
    guard batch.labels.count >= trainer.fewestRows else { return }
    do throws(TrainingError) {
      let images = try await augmented(batch)
      let (loss, logits) = try await trainer.learn(from: images, batch.labels, rate: rate)
      progress.score.add(logits, labels: batch.labels, loss: loss)
    } catch {
      throw Failure(error, trainedOn: job.backend.name)
    }
    pace.imageCount += batch.labels.count
  }

  /// The images of a batch on the device, as the network is to see them.
  private mutating func augmented(
    _ batch: Batch
  ) async throws(TrainingError) -> any ResidentTensor {
    let backend = job.backend
    let images = try await engine { () async throws(BackendError) in
      try await backend.upload(batch.images)
    }
    guard let augmentation else { return images }
    let start = ContinuousClock.now
    let place = BatchPlace(
      seed: job.training.seed, epoch: progress.epoch, batch: progress.batch,
      samples: batch.samples)
    let changed = try await augmentation.augmented(images, labels: batch.labels, at: place)
    // What is only enqueued would count as the step's time.
    try await engine { () async throws(BackendError) in try await backend.finish() }
    pace.mapTime? += ContinuousClock.now - start
    return changed
  }
}

extension Trainer {
  /// A step that is done to its end, though the task is cancelled meanwhile.
  fileprivate nonisolated func learn(
    from images: any ResidentTensor, _ labels: [Int], rate: Float
  ) async throws(TrainingError) -> (loss: Float, logits: HostTensor<Float>) {
    let work = Task { () async -> Result<(Float, HostTensor<Float>), TrainingError> in
      do throws(TrainingError) {
        let outcome = try await step(images, labels: labels, rate: rate)
        let logits = try await engine { () async throws(BackendError) in
          try await outcome.logits.download()
        }
        return .success((outcome.loss, logits))
      } catch {
        return .failure(error)
      }
    }
    return try await work.value.get()
  }
}
