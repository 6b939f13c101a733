import Execution
import Saliency
import Tensors

/// The state of a job while it runs.
struct JobRun: ~Copyable {
  let job: Job
  let report: @Sendable (JobEvent) -> Void
  var record: RunRecord
  private var journal: Journal
  private var pending: ArraySlice<Input>
  private var batchSize: Int
  private let explainer: BatchExplainer
  private let start = ContinuousClock.now
  /// Maps that are there for report and sheet alone.
  private var workingPaths: [String] = []
  /// Whether lines of an earlier run stand before lines of this one that belong in front of them.
  private var isOutOfOrder: Bool

  init(
    _ job: Job, _ record: RunRecord, _ report: @escaping @Sendable (JobEvent) -> Void
  ) throws(Failure) {
    job.folder.removeLeftovers()
    if job.folder.mode == .overwrite { try job.folder.removeEarlierRun() }
    let isResumed = job.folder.mode == .resume
    let finished = isResumed ? try job.folder.finished(job.mapKeys) : [:]
    let names = Set(job.inputs.map(\.name))
    // Lines of images that are no longer among the inputs stay in front.
    let others = finished.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
    let kept = job.inputs.compactMap { finished[$0.name] }
    var record = record
    record.totals.inputs = job.inputs.count
    record.totals.resumed = kept.count
    try WholeFile.write(record.json.indented(), to: job.folder.runPath)
    let journal = try Journal(
      job.folder.resultsPath, keeping: others.flatMap(\.value) + kept.flatMap { $0 })
    self.job = job
    self.report = report
    self.record = record
    self.journal = journal
    self.pending = job.inputs.filter { finished[$0.name] == nil }[...]
    self.isOutOfOrder = zip(job.inputs, job.inputs.dropFirst()).contains { first, second in
      finished[first.name] == nil && finished[second.name] != nil
    }
    self.batchSize = job.batchSize
    self.explainer = BatchExplainer(job)
  }

  /// Explains everything that is pending.
  mutating func work() async throws(Failure) {
    let reader = InputReader(job)
    var batch = await reader.read(takeBatch())
    var explained: [Outcome] = []
    while !batch.isEmpty {
      let current = batch
      let upcoming = takeBatch()
      let results = explained
      let (explainer, writer, size) = (explainer, OutcomeWriter(job), batchSize)
      async let next = reader.read(upcoming)
      async let written = writer.write(results)
      let explanation = await explainer.outcomes(of: current, atMost: size)
      try note(await written)
      explained = explanation.outcomes
      batchSize = explanation.batchSize
      batch = await next
      if let failure = explanation.failure {
        try note(await OutcomeWriter(job).write(explained))
        throw failure
      }
    }
    try note(await OutcomeWriter(job).write(explained))
  }

  /// Writes the last state of the run.
  mutating func finish(after failure: Failure?) async throws(Failure) {
    var failure = failure
    await updateTotals()
    if isOutOfOrder { try sortResults() }
    if failure == nil {
      do throws(Failure) {
        try await close()
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

  /// Makes report and sheet of everything in the folder, and removes what only they needed.
  private mutating func close() async throws(Failure) {
    guard let closing = job.closing else { return }
    record.totals.effort.bytes += try await closing(record)
    guard job.needsWorkingMaps else { return }
    job.folder.removeWorkingMaps(workingPaths)
    workingPaths = []
  }

  private mutating func takeBatch() -> [Input] {
    let batch = pending.prefix(batchSize)
    pending = pending.dropFirst(batch.count)
    return Array(batch)
  }

  /// Puts what was written into the journal, in order, and tells.
  private mutating func note(_ written: OutcomeWriter.Written) throws(Failure) {
    record.totals.effort.bytes += written.byteCount
    var lines: [String] = []
    for outcome in written.outcomes { lines += outcome.lines }
    record.totals.effort.bytes += try journal.add(lines)
    for outcome in written.outcomes {
      if job.needsWorkingMaps { workingPaths += outcome.maps.map(\.record.workingPath) }
      record.totals.records += outcome.maps.count
      record.totals.empty += outcome.maps.filter(\.record.summary.isDegenerate).count
      record.totals.done += outcome.failure == nil ? 1 : 0
      record.totals.failed += outcome.failure == nil ? 0 : 1
      record.totals.unusable += outcome.isUnusable ? 1 : 0
      report(
        .explained(
          outcome.input, outcome.maps.map(\.record), failure: outcome.failure,
          lines: outcome.lines))
    }
    if let failure = written.failure { throw failure }
  }

  private mutating func updateTotals() async {
    if let statistics = await explainer.statistics {
      record.totals.capacity = statistics.capacity
      record.totals.liveRows = statistics.maskedRows
      record.totals.runs = statistics.maskedRuns
      record.totals.forwards = statistics.cleanForwards + statistics.maskedRows
      record.totals.backwards = statistics.backwards
    }
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    record.totals.effort.seconds = Double(seconds) + Double(attoseconds) / 1e18
  }

  /// Puts the lines of all runs into the order of the inputs.
  private func sortResults() throws(Failure) {
    var places: [String: Int] = [:]
    for (place, input) in job.inputs.enumerated() { places[input.name] = place }
    let lines = try job.folder.lines().enumerated().map { order, line in
      let name = JSONValue(parsing: line)?["image"]?.string ?? ""
      return (place: places[name] ?? -1, order: order, line: line)
    }
    let sorted = lines.sorted { ($0.place, $0.order) < ($1.place, $1.order) }
    try WholeFile.write(Journal.joined(sorted.map(\.line)), to: job.folder.resultsPath)
  }
}
