import Execution
import Jobs

/// How a run begins: with what an earlier one left, or without.
extension TrainingJob {
  var statePath: String { folder.file("state/state.safetensors") }

  /// What learns, what is done to its batches, and what judges it.
  func parts(
    _ earlier: TrainingState?
  ) async throws(Failure) -> (Trainer, (any BatchAugmentation)?, Validation) {
    let network = model.blueprint.graph
    do throws(TrainingError) {
      let epoch = earlier?.progress.epoch ?? 0
      let trainer = try await Trainer(
        blueprint(in: epoch).graph, model.weights, options: trainingOptions(in: epoch),
        capacity: capacity, on: backend, with: ranks)
      if let earlier { try await trainer.restore(earlier.trainer) }
      try await checkRoom(after: epoch)
      let judge = try await engine { () async throws(BackendError) in
        try await Validation(
          validation, network, trainer.parameters, batchSize: batchSize, on: backend,
          with: ranks)
      }
      return (trainer, try await augmentation?(trainer.parameters, backend), judge)
    } catch {
      throw Failure(error, trainedOn: backend.name)
    }
  }

  /// What the run goes on from; nil where it begins.
  /// - Throws: `Failure` where that is damaged or of other pictures, or a model is gone.
  func earlierState() throws(Failure) -> TrainingState? {
    guard folder.mode == .resume, Files.kind(of: statePath) == .file else { return nil }
    let state = try TrainingState(reading: statePath)
    guard state.pictures == pictures else {
      throw Failure(
        .usage, "--resume", "the pictures, their classes or their objects are not those of the run",
        try: "give the same DATA, or start over with --overwrite")
    }
    guard state.partCount == partCount else {
      throw Failure(
        .usage, "--resume",
        "a step had \(Quantity.count(state.partCount, "part")) and would have \(partCount)",
        try: "parts are ranks times --accumulate: give as many")
    }
    try checkModels(of: state)
    return state
  }

  /// Refuses to go on where a model that the run wrote before its state is gone: nothing brings the
  /// best one back.
  private func checkModels(of state: TrainingState) throws(Failure) {
    guard state.progress.best != nil else { return }
    for name in ["best.safetensors", "last.safetensors"]
    where Files.kind(of: folder.file(name)) != .file {
      throw Failure(
        .missing, folder.file(name), "is gone, and --resume does not make it again",
        try: "put it back, or start over with --overwrite")
    }
  }

  /// Begins the records with those of the epochs that are done; what else an earlier run left goes.
  func makeJournal(
    _ record: RunRecord, keeping epochs: Int
  ) throws(Failure) -> Journal {
    let lines = try folder.recordLines().filter { line in
      (JSONValue(parsing: line)?["epoch"]?.integer).map { $0 <= epochs } ?? false
    }
    if folder.mode == .overwrite {
      // `run.json` goes last: it alone says whose files these are, should the rest be cut off.
      folder.remove(Set(OutputFolder.trainingFiles))
      try folder.removeEarlierRun()
    }
    try WholeFile.write(record.json.indented(), to: folder.runPath)
    return try Journal(folder.file(folder.records), keeping: lines)
  }
}
