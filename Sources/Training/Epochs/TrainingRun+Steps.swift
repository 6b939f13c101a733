import Execution
import Jobs
import Tensors

extension TrainingRun {
  /// Does the steps that are left of an epoch.
  /// - Returns: the rate of the last of them.
  /// - Throws: `Failure` where it is stopped between two steps, or one cannot be done.
  mutating func learn() async throws(Failure) -> Float {
    let stepCount = job.order.batches(epoch: progress.epoch).count
    let first = progress.epoch * stepCount
    pace = Pace(mapTime: augmentation == nil ? nil : .zero)
    var start = ContinuousClock.now
    var queue = upcoming.take() ?? job.batches(epoch: progress.epoch, from: progress.batch)
    while let batch = try await queue.next() {
      let failures = try await agree(on: batch.failures)
      tell(failures)
      try await step(batch.parts, rate: job.schedule.rate(at: first + progress.batch))
      // Only now: a step that is stopped on its way is done again, and counted then.
      progress.unreadableCount += failures.count
      progress.batch += 1
      pace.time += ContinuousClock.now - start
      start = .now
      report(
        .stepped(
          TrainingEvent.Progress(
            epoch: progress.epoch + 1, stepCount: progress.batch, stepTotal: stepCount,
            score: progress.score, pace: pace)))
    }
    guard progress.score.count > 0 else {
      let isUnreadable = progress.unreadableCount == job.training.set.samples.count
      throw isUnreadable ? .noPicture(of: job.training.set) : .noStep(of: job.training.set)
    }
    upcoming = job.upcomingBatches(behind: progress.epoch)
    return job.schedule.rate(at: first + stepCount - 1)
  }

  /// What cannot be read of a step, of all ranks.
  /// - Throws: `Failure` on all ranks where one of them is to stop.
  private func agree(on failures: [Failure]) async throws(Failure) -> [Failure] {
    let stops = try await job.ranks.gathered([Task.isCancelled])
    guard !stops.joined().contains(true) else {
      throw Failure(.interrupted, "", "interrupted")
    }
    return try await job.ranks.gathered(failures)
  }

  private mutating func step(_ parts: [BatchQueue.Part], rate: Float) async throws(Failure) {
    // A picture left alone that has no variance to be normalised by is learned from in other epochs.
    let fewest = job.sharesStatistics ? 1 : trainer.fewestRows
    let used = parts.map { $0.labels.count >= fewest ? $0 : nil }
    let counts = try await job.ranks.gathered([used.reduce(0) { $0 + ($1?.labels.count ?? 0) }])
    guard counts.joined().reduce(0, +) >= trainer.fewestRows else { return }
    let learned: Learned
    do throws(TrainingError) {
      var prepared: [Trainer.Part] = []
      for part in used {
        guard let part, let images = part.images else {
          prepared.append(Trainer.Part())
          continue
        }
        prepared.append(
          Trainer.Part(try await augmented(images, of: part), labels: part.labels))
      }
      learned = try await trainer.learn(from: prepared, rate: rate)
    } catch {
      throw Failure(error, trainedOn: job.backend.name)
    }
    let correct = try await job.ranks.gathered([learned.correctCount]).joined().reduce(0, +)
    progress.score.add(loss: learned.loss, correctCount: correct, count: learned.rowCount)
    pace.imageCount += learned.rowCount
  }

  /// The images of a part as the network is to see them.
  private mutating func augmented(
    _ images: any ResidentTensor, of part: BatchQueue.Part
  ) async throws(TrainingError) -> any ResidentTensor {
    guard let augmentation else { return images }
    let start = ContinuousClock.now
    let place = job.place(of: part.samples, epoch: progress.epoch, batch: progress.batch)
    let changed = try await augmentation.augmented(images, labels: part.labels, at: place)
    // What is only enqueued would count as the step's time.
    let backend = job.backend
    try await engine { () async throws(BackendError) in try await backend.finish() }
    pace.mapTime? += ContinuousClock.now - start
    return changed
  }
}

/// What a step has shown: the loss and rows of all ranks, and how many of this one's are right.
private struct Learned: Sendable {
  let loss: Float
  let rowCount: Int
  let correctCount: Int
}

extension Trainer {
  /// A step that is done to its end, though the task is cancelled meanwhile.
  fileprivate nonisolated func learn(
    from parts: [Part], rate: Float
  ) async throws(TrainingError) -> Learned {
    let work = Task { () async -> Result<Learned, TrainingError> in
      do throws(TrainingError) {
        let outcome = try await step(parts, rate: rate)
        var judgements: [Judgement] = []
        for case (let part, let logits?) in zip(parts, outcome.logits) {
          judgements += Judgement.all(of: logits, labels: part.labels)
        }
        return .success(
          Learned(
            loss: outcome.loss, rowCount: outcome.rowCount,
            correctCount: judgements.count(where: \.isCorrect)))
      } catch {
        return .failure(error)
      }
    }
    return try await work.value.get()
  }
}
