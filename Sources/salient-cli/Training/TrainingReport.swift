import Jobs
import Training

/// Renders the events of a training run: progress, failures, a line for each epoch, and the summary.
struct TrainingReport {
  private let job: TrainingJob
  private let isQuiet: Bool
  private let isJSON: Bool
  private let line: LiveLine
  private let start = ContinuousClock.now

  init(job: TrainingJob, isQuiet: Bool, isJSON: Bool) {
    self.job = job
    self.isQuiet = isQuiet
    self.isJSON = isJSON
    line = LiveLine(isShown: !isQuiet)
  }

  /// Runs a job and prints what it tells.
  /// - Returns: the exit code.
  func render(_ record: RunRecord) async throws(Failure) -> Int32 {
    let (events, feed) = AsyncStream.makeStream(of: TrainingEvent.self)
    let printer = Task { () -> String? in
      var place: String?
      for await event in events {
        show(event)
        place = Self.place(behind: event) ?? place
      }
      return place
    }
    let result: Result<TrainingOutcome, Failure>
    do throws(Failure) {
      result = .success(try await job.run(record) { feed.yield($0) })
    } catch {
      result = .failure(error)
    }
    feed.finish()
    let place = await printer.value
    line.clear()
    if case .failure(let failure) = result, failure.kind == .interrupted {
      guard let place else { throw failure }
      let flag = job.folder.mode == .overwrite ? "--resume for --overwrite" : "--resume"
      throw Failure(
        .interrupted, "", "interrupted behind \(place)",
        try: "the same command with \(flag) goes on")
    }
    let outcome = try result.get()
    if !isQuiet, !isJSON { Terminal.say(summary(outcome)) }
    return Self.code(of: outcome)
  }

  /// The exit code of a run that came to its end.
  static func code(of outcome: TrainingOutcome) -> Int32 { outcome.unreadableCount > 0 ? 2 : 0 }

  private func show(_ event: TrainingEvent) {
    if case .stepped(let progress) = event {
      line.draw(text(progress))
      return
    }
    line.clear()
    switch event {
    case .stepped: break
    case .resumed(let epochs, let steps):
      guard !isQuiet else { return }
      Terminal.note("resumed  behind \(Self.text(epochs: epochs, steps: steps))")
    case .unreadable(let failure), .troubled(let failure): Terminal.complain(failure.description)
    case .finished(let record):
      if isJSON { Terminal.say(record.line + "\n") }
      if !isJSON, !isQuiet { Terminal.say(text(record) + "\n") }
    }
  }

  /// How far a run is behind an event: `step 3 of 12 in epoch 2`; nil where that does not tell.
  private static func place(behind event: TrainingEvent) -> String? {
    switch event {
    case .resumed(let epochs, let steps): text(epochs: epochs, steps: steps)
    case .stepped(let progress):
      "step \(progress.stepCount) of \(progress.stepTotal) in epoch \(progress.epoch)"
    case .unreadable, .troubled, .finished: nil
    }
  }

  private static func text(epochs: Int, steps: Int) -> String {
    "\(Quantity.count(epochs, "epoch")) and \(Quantity.count(steps, "step"))"
  }

  /// `epoch 3/20  120/469  loss 1.234  accuracy 0.561  812.0 images/s  maps 14 %`.
  private func text(_ progress: TrainingEvent.Progress) -> String {
    var text = "epoch \(progress.epoch)/\(job.schedule.epochs)  "
    if line.isLive { text += LiveLine.bar(progress.stepCount, of: progress.stepTotal) + " " }
    return text + "\(progress.stepCount)/\(progress.stepTotal)  "
      + Self.text(progress.score) + Self.text(progress.pace)
  }

  /// `epoch 3/20  loss 1.234  accuracy 0.561  validation loss 1.301  accuracy 0.532, the best  ...`.
  private func text(_ record: EpochRecord) -> String {
    let change = record.mapChange.map { "  maps moved \(Quantity.fixed($0, 4))" } ?? ""
    return "epoch \(record.epoch)/\(job.schedule.epochs)  \(Self.text(record.training))  "
      + "validation \(Self.text(record.validation))\(record.isBest ? ", the best" : "")"
      + Self.text(record.pace) + change
  }

  private static func text(_ score: Score) -> String {
    "loss \(Quantity.fixed(score.loss, 4))  accuracy \(Quantity.fixed(score.accuracy, 4))"
  }

  private static func text(_ pace: Pace) -> String {
    let rate = pace.imagesPerSecond.map { "  \(Quantity.fixed($0, 1)) images/s" } ?? ""
    return rate + (pace.mapShare.map { "  maps \(Quantity.fixed($0 * 100, 0)) %" } ?? "")
  }

  private func summary(_ outcome: TrainingOutcome) -> String {
    var parts = [Quantity.count(outcome.epochCount, "epoch")]
    if let epoch = outcome.bestEpoch {
      parts.append("best accuracy \(Quantity.fixed(outcome.best.accuracy, 4)) in epoch \(epoch)")
    }
    if outcome.unreadableCount > 0 {
      parts.append("\(Quantity.count(outcome.unreadableCount, "file")) unreadable")
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    parts += [
      Quantity.duration(seconds: seconds), job.folder.file("best.safetensors"),
      job.folder.file("report.html"),
    ]
    return parts.joined(separator: ", ") + "\n"
  }
}
