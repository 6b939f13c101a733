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
  /// Whether lines of an earlier run stand before lines of this one that belong in front of them.
  private var isOutOfOrder: Bool

  init(
    _ job: Job, _ record: RunRecord, _ report: @escaping @Sendable (JobEvent) -> Void
  ) throws(Failure) {
    job.folder.removeLeftovers()
    if job.folder.mode == .overwrite { try job.folder.removeEarlierRun() }
    let isResumed = job.folder.mode == .resume
    let finished = isResumed ? try job.folder.finished(job.mapsPerInput) : [:]
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
    let reader = InputReader(shape: job.engine.imageShape, threads: job.threads)
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
    await updateTotals()
    switch failure?.kind {
    case nil: record.status = .finished
    case .interrupted: record.status = .interrupted
    default: record.status = .failed
    }
    if record.status == .failed { record.error = failure?.description }
    if isOutOfOrder { try sortResults() }
    try WholeFile.write(record.json.indented(), to: job.folder.runPath)
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
      switch outcome.result {
      case .success(let maps):
        record.totals.done += 1
        record.totals.records += maps.count
        record.totals.empty += maps.filter(\.record.summary.isDegenerate).count
        report(.finished(outcome.input, maps.map(\.record), lines: outcome.lines))
      case .failure(let failure):
        record.totals.failed += 1
        record.totals.unusable += outcome.isUnusable ? 1 : 0
        report(.failed(outcome.input, failure, line: outcome.lines.first ?? ""))
      }
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

/// What became of one image.
struct Outcome: Sendable {
  /// A map on the way to the disk.
  struct Map: Sendable {
    let record: ExplanationRecord
    let map: HostTensor<Float>?
    let raw: HostTensor<Float>?
  }

  let input: Input
  let result: Result<[Map], Failure>
  /// Whether the image could not even be read.
  var isUnusable = false

  /// The lines of `results.jsonl`.
  var lines: [String] {
    switch result {
    case .success(let maps): maps.map(\.record.json.description)
    case .failure(let failure): [failure.record(of: input).description]
    }
  }
}
