import Evaluation

extension EvaluationJob {
  /// The files of a run besides its records.
  fileprivate static let shownFiles = ["summary.json", "report.html"]

  /// Refuses a folder where the run would take the place of what is not an earlier run's; touches
  /// nothing.
  /// - Throws: `Failure` of kind `usage`, naming what is in the way and a free folder.
  public func checkFolder(against record: RunRecord) throws(Failure) {
    try job.folder.check(against: record)
    try job.folder.checkOwner(of: Self.shownFiles)
  }

  /// Runs the job.
  ///
  /// Cancelling the task stops it between two batches; what is finished is kept.
  /// - Parameters:
  ///   - record: the record of the run, completed and written at start and end.
  ///   - report: called for every image, in order.
  /// - Returns: what was done, and what it says.
  /// - Throws: `Failure` where the run cannot go on; the record in the folder says how far it got.
  public func run(
    _ record: RunRecord, report: @escaping @Sendable (EvaluationEvent) -> Void
  ) async throws(Failure) -> (totals: RunTotals, summary: EvaluationSummary) {
    try checkFolder(against: record)
    let lock = try job.folder.open()
    var run = try EvaluationRun(self, record, report)
    try await run.complete(holding: lock)
    guard let summary = run.summary else { preconditionFailure("what is complete has a summary") }
    return (run.record.totals, summary)
  }
}

/// The state of an evaluation while it runs.
private struct EvaluationRun: FolderRun, ~Copyable {
  let evaluation: EvaluationJob
  let report: @Sendable (EvaluationEvent) -> Void
  var record: RunRecord
  /// What the run says, once it is finished.
  private(set) var summary: EvaluationSummary?
  private var journal: Journal
  private var pending: ArraySlice<Input>
  private var batchSize: Int
  private let evaluator: BatchEvaluator
  private let start = ContinuousClock.now
  private let places: [String: Int]

  private var job: Job { evaluation.job }

  init(
    _ evaluation: EvaluationJob, _ record: RunRecord,
    _ report: @escaping @Sendable (EvaluationEvent) -> Void
  ) throws(Failure) {
    let job = evaluation.job
    job.folder.removeLeftovers()
    let evaluator = try BatchEvaluator(evaluation)
    let finished = try evaluation.finished()
    if job.folder.mode == .overwrite, Files.isThere(job.folder.runPath) {
      try job.folder.removeEarlierRun()
    }
    // What was made of earlier records would contradict those that are added from now on.
    job.folder.remove(Set(EvaluationJob.shownFiles))
    var record = record
    record.totals.inputs = job.inputs.count
    record.totals.resumed = finished.count
    try WholeFile.write(record.json.indented(), to: job.folder.runPath)
    if !finished.isEmpty {
      try job.folder.rewriteLines(job.inputs.flatMap { finished[$0.name] ?? [] })
      try job.reportKept(finished.mapValues(\.count), report)
    }
    let journal =
      finished.isEmpty
      ? try Journal(job.folder.resultsPath, keeping: [])
      : try Journal(continuing: job.folder.resultsPath)
    self.journal = journal
    self.evaluator = evaluator
    self.evaluation = evaluation
    self.report = report
    self.record = record
    pending = job.inputs.filter { finished[$0.name] == nil }[...]
    batchSize = job.batchSize
    places = Dictionary(
      job.inputs.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Measures everything that is pending; while a batch is measured, the next one is read.
  mutating func work() async throws(Failure) {
    let reader = InputReader(job)
    var batch = await reader.read(takeBatch())
    while !batch.isEmpty {
      let (current, upcoming) = (batch, takeBatch())
      let (evaluator, size) = (evaluator, batchSize)
      async let next = reader.read(upcoming)
      let done = await evaluator.outcomes(of: current, atMost: size)
      batchSize = done.batchSize
      try note(done.outcomes)
      batch = await next
      if let failure = done.failure { throw failure }
    }
  }

  private mutating func takeBatch() -> [Input] {
    let batch = pending.prefix(batchSize)
    pending = pending.dropFirst(batch.count)
    return Array(batch)
  }

  /// Puts what was measured into the journal, in order, and tells.
  private mutating func note(_ outcomes: [EvaluationOutcome]) throws(Failure) {
    record.totals.effort.bytes += try journal.add(outcomes.flatMap(\.lines))
    for outcome in outcomes {
      record.totals.records += outcome.records.count
      record.totals.empty += outcome.records.count(where: \.measurement.isDegenerate)
      record.totals.done += outcome.failures.isEmpty ? 1 : 0
      record.totals.failed += outcome.failures.isEmpty ? 0 : 1
      record.totals.unusable += outcome.isUnusable ? 1 : 0
      report(.measured(outcome.input, failures: outcome.failures, lines: outcome.lines))
    }
  }

  /// Writes the summary and the last state of the run.
  /// - Throws: why the run could not go on, once its state is written.
  mutating func finish(after failure: Failure?) async throws(Failure) {
    var failure = failure
    await updateTotals()
    if failure == nil {
      do throws(Failure) {
        summary = try summarise()
      } catch {
        failure = error
      }
    }
    await updateTotals()
    switch failure?.kind {
    case nil: record.status = .finished
    case .interrupted: record.status = .interrupted
    default: record.status = .failed
    }
    if record.status == .failed { record.error = failure?.description }
    try WholeFile.write(record.json.indented(), to: job.folder.runPath)
    if let failure { throw failure }
  }

  /// Makes everything that is made of the records.
  private mutating func summarise() throws(Failure) -> EvaluationSummary {
    try sortRecords()
    let summary = try EvaluationSummary(of: evaluation)
    try WholeFile.write(summary.json.indented(depth: 3), to: job.folder.file("summary.json"))
    if let closing = evaluation.closing {
      record.totals.effort.bytes += try closing(record, summary)
      record.shown = RunRecord.Shown(pages: 1)
    }
    return summary
  }

  /// Puts the lines of all runs into the order of the inputs.
  private func sortRecords() throws(Failure) {
    var lines: [(input: Int, place: OutputFolder.LinePlace)] = []
    try job.folder.forEachLine { line, place in
      let name = JSONValue(parsing: line)?["image"]?.string ?? ""
      lines.append((places[name] ?? -1, place))
      return true
    }
    let isSorted = zip(lines, lines.dropFirst()).allSatisfy { $0.input <= $1.input }
    guard !isSorted else { return }
    let sorted = lines.sorted { ($0.input, $0.place.offset) < ($1.input, $1.place.offset) }
    try job.folder.rewriteLines(sorted.map(\.place))
  }

  private mutating func updateTotals() async {
    if let statistics = await evaluator.statistics {
      record.totals.capacity = statistics.capacity
      record.totals.liveRows = statistics.maskedRows
      record.totals.runs = statistics.maskedRuns
      record.totals.forwards = statistics.cleanForwards + statistics.maskedRows
      record.totals.backwards = statistics.backwards
    }
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    record.totals.effort.seconds = Double(seconds) + Double(attoseconds) / 1e18
    record.totals.effort.deviceBytes = job.engine.backend.peakByteCount
  }
}
