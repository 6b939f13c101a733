extension Job {
  /// Explains the first image that can be read, alone and for one target, and writes nothing.
  ///
  /// What a plan needs of a device's memory shows when it is made; so a run that cannot explain a
  /// single image is known before it begins.
  /// - Throws: `Failure` of kind `temporary` where one image does not fit.
  public func rehearse() async throws(Failure) {
    var job = self
    job.targets = Array(targets.prefix(1))
    job.batchSize = 1
    let reader = InputReader(job)
    for input in inputs {
      let readings = await reader.read([input])
      guard case .success? = readings.first?.image else { continue }
      let explanation = await BatchExplainer(job).outcomes(of: readings, atMost: 1)
      if let failure = explanation.failure { throw failure }
      if let failure = explanation.outcomes.first?.failure, failure.kind == .temporary {
        throw failure
      }
      return
    }
  }
}
