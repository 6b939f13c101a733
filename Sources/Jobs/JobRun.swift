import Execution
import Saliency
import Tensors

/// The state of a job while it runs.
struct JobRun: FolderRun, ~Copyable {
  let job: Job
  let report: @Sendable (JobEvent) -> Void
  var record: RunRecord
  /// Nil as long as the run before it is still whole.
  private var journal: Journal?
  /// Lines of failures from before the journal began.
  private var held: [String] = []
  private var pending: ArraySlice<Input>
  private var batchSize: Int
  private let explainer: BatchExplainer
  private let start = ContinuousClock.now
  /// Maps that are there for report and sheet alone.
  private var workingPaths: Set<String>
  /// What an earlier run had finished and nobody was told yet, in order.
  private var kept: ArraySlice<Kept>
  /// Whether report and sheet show everything already.
  private let isShown: Bool
  /// The place of each image among the inputs.
  private let places: [String: Int]
  /// Whether lines of an earlier run stand before lines of this one that belong in front of them.
  private var isOutOfOrder: Bool

  /// An image that an earlier run had finished.
  private struct Kept {
    let input: Input
    /// Its place among the inputs.
    let place: Int
    let lines: [ArraySlice<UInt8>]
  }

  init(
    _ job: Job, _ record: RunRecord, _ report: @escaping @Sendable (JobEvent) -> Void
  ) async throws(Failure) {
    job.folder.removeLeftovers()
    let earlier = try await FinishedImages(job)
    let finished = earlier.lines
    let names = Set(job.inputs.map(\.name))
    // Lines of images that are no longer among the inputs stay in front.
    let others = finished.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
    let kept = job.inputs.enumerated().compactMap { place, input in
      finished[input.name].map { Kept(input: input, place: place, lines: $0) }
    }
    var record = record
    record.places = job.places
    record.shown = EarlierRun(job.folder).shown
    record.totals.inputs = job.inputs.count
    record.totals.resumed = kept.count
    // A run that is to be replaced stays until there is something to put in its place.
    if job.folder.mode != .overwrite || !Files.isThere(job.folder.runPath) {
      try WholeFile.write(record.json.indented(), to: job.folder.runPath)
      journal = try Journal(
        job.folder.resultsPath, keeping: others.flatMap(\.value) + kept.flatMap(\.lines))
    } else {
      journal = nil
    }
    self.job = job
    self.report = report
    self.record = record
    self.pending = job.inputs.filter { finished[$0.name] == nil }[...]
    self.isOutOfOrder = zip(job.inputs, job.inputs.dropFirst()).contains { first, second in
      finished[first.name] == nil && finished[second.name] != nil
    }
    self.batchSize = job.batchSize
    self.explainer = BatchExplainer(job)
    self.kept = kept[...]
    self.places = Dictionary(
      job.inputs.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.isShown = earlier.isShown
    // A run that was stopped has left maps that are there for report and sheet alone.
    self.workingPaths =
      job.needsWorkingMaps
      ? Set(
        finished.values.joined().compactMap { line in
          JSONValue(parsing: line).flatMap { job.workingPath(of: $0) }
        }) : []
    for (_, lines) in others { report(.kept(nil, lines: Self.texts(lines))) }
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
      try replaceEarlierRun(with: results)
      let (explainer, writer, size) = (explainer, OutcomeWriter(job), batchSize)
      async let next = reader.read(upcoming)
      async let written = writer.write(results)
      let explanation = await explainer.outcomes(of: current, atMost: size)
      try note(await written)
      explained = explanation.outcomes
      batchSize = explanation.batchSize
      batch = await next
      if let failure = explanation.failure {
        try replaceEarlierRun(with: explained)
        try note(await OutcomeWriter(job).write(explained))
        throw failure
      }
    }
    try replaceEarlierRun(with: explained)
    try note(await OutcomeWriter(job).write(explained))
  }

  /// Removes the run that is to be replaced, once the first image is explained, and begins.
  private mutating func replaceEarlierRun(with outcomes: [Outcome]) throws(Failure) {
    guard journal == nil, outcomes.contains(where: { !$0.maps.isEmpty }) else { return }
    try job.folder.removeEarlierRun()
    record.shown = RunRecord.Shown()
    try WholeFile.write(record.json.indented(), to: job.folder.runPath)
    journal = try Journal(job.folder.resultsPath, keeping: [])
    record.totals.effort.bytes += try add(held)
    held = []
  }

  /// Puts lines into the journal, or keeps them until there is one.
  /// - Returns: the bytes written.
  private mutating func add(_ lines: [String]) throws(Failure) -> Int {
    guard let count = try journal?.add(lines) else {
      held += lines
      return 0
    }
    return count
  }

  /// Writes the last state of the run.
  mutating func finish(after failure: Failure?) async throws(Failure) {
    var failure = failure
    await updateTotals()
    tellKept(before: Int.max)
    if journal == nil {
      if let failure { throw failure }
      let path = job.folder.path
      report(.warning("\(path): nothing was explained, so the run before it is kept"))
      return
    }
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
    if let closing = job.closing, !isShown {
      let closed = try await closing(record)
      record.totals.effort.bytes += closed.byteCount
      record.shown = closed.shown
    }
    job.folder.remove(workingPaths)
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
    record.totals.effort.bytes += try add(lines)
    for outcome in written.outcomes {
      workingPaths.formUnion(outcome.maps.compactMap(\.record.workingPath))
      record.totals.records += outcome.maps.count
      record.totals.empty += outcome.maps.filter(\.record.summary.isDegenerate).count
      record.totals.done += outcome.failure == nil ? 1 : 0
      record.totals.failed += outcome.failure == nil ? 0 : 1
      record.totals.unusable += outcome.isUnusable ? 1 : 0
      tellKept(before: places[outcome.input.name] ?? 0)
      report(
        .explained(
          outcome.input, outcome.maps.map(\.record), failure: outcome.failure,
          lines: outcome.lines))
    }
    if let failure = written.failure { throw failure }
  }

  /// Tells of the images that stand before a place and need nothing more.
  private mutating func tellKept(before place: Int) {
    while let image = kept.first, image.place < place {
      report(.kept(image.input, lines: Self.texts(image.lines)))
      kept.removeFirst()
    }
  }

  private static func texts(_ lines: [ArraySlice<UInt8>]) -> [String] {
    lines.map { String(decoding: $0, as: UTF8.self) }
  }

  private mutating func updateTotals() async {
    if let statistics = await explainer.statistics {
      record.totals.capacity = statistics.capacity
      record.totals.liveRows = statistics.maskedRows
      record.totals.runs = statistics.maskedRuns
      record.totals.forwards = statistics.cleanForwards + statistics.maskedRows
      record.totals.tails = statistics.tailRows
      record.totals.backwards = statistics.backwards
    }
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    record.totals.effort.seconds = Double(seconds) + Double(attoseconds) / 1e18
    record.totals.effort.deviceBytes = job.engine.backend.peakByteCount
  }

  /// Puts the lines of all runs into the order of the inputs.
  private func sortResults() throws(Failure) {
    let lines = try job.folder.lines().enumerated().map { order, line in
      let name = JSONValue(parsing: line)?["image"]?.string ?? ""
      return (place: places[name] ?? -1, order: order, line: line)
    }
    let sorted = lines.sorted { ($0.place, $0.order) < ($1.place, $1.order) }
    try WholeFile.write(Journal.joined(sorted.map(\.line)), to: job.folder.resultsPath)
  }
}
