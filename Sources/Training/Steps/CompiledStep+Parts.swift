import Execution
import Jobs
import Tensors

extension CompiledStep {
  /// The rows of a part of a step.
  struct Rows: Sendable {
    /// `[N, C, H, W]`.
    let images: any ResidentTensor
    /// The class of each.
    let labels: [Float]
    /// The number of each among all rows so far.
    let samples: [Float]
  }

  /// What all parts of a step give together.
  struct Learned: Sendable {
    /// The mean loss of the rows.
    let loss: Float
    /// The logits of each part of this rank; nil where it has no rows.
    let logits: [HostTensor<Float>?]
    /// In an arena, `[P]`, on the device.
    let gradient: any ResidentTensor
    /// The statistics in an arena, on the device; nil where no normalisation learns.
    let statistics: (any ResidentTensor)?
  }

  /// Loss and gradients of a step, the parts of all ranks added up in their order.
  ///
  /// Nothing but the parts, their order and their rows decides about a bit: neither how many ranks
  /// share them, nor which rank has which.
  /// - Parameters:
  ///   - parts: those of this rank; nil without rows.
  ///   - total: the rows of the step.
  ///   - parameters: the weights.
  /// - Returns: the same on every rank, but for the logits.
  /// - Throws: `TrainingError` where a part does not fit, the device fails or another rank ends.
  func learned(
    from parts: [Rows?], total: Int, _ parameters: any ResidentParameters
  ) async throws(TrainingError) -> Learned {
    if ranks.count == 1, parts.count == 1, let rows = parts[0] {
      let all = try await gradients(of: rows, total: total, parameters)
      // Both before anybody waits: each wait for the device is felt by a short step.
      async let logits = all.logits.downloaded()
      async let loss = all.loss.downloaded()
      return Learned(
        loss: try await loss.get()[0], logits: [try await logits.get()], gradient: all.gradient,
        statistics: all.statistics)
    }
    var logits: [HostTensor<Float>?] = []
    var (gradient, rest) = ([Float]?.none, [Float]?.none)
    for part in parts {
      let found = try await vectors(of: part, total: total, parameters)
      logits.append(found.logits)
      let before = (gradient, rest)
      gradient = try await sharing { () async throws(Failure) in
        try await ranks.sum(found.gradient, onto: before.0)
      }
      rest = try await sharing { () async throws(Failure) in
        try await ranks.sum(found.rest, onto: before.1)
      }
    }
    return try await learned(gradient ?? [], rest ?? [], logits)
  }

  /// The gradient of a part, and its statistics with the loss behind them, on the host; zeros where it
  /// has no rows.
  private func vectors(
    of part: Rows?, total: Int, _ parameters: any ResidentParameters
  ) async throws(TrainingError) -> (
    gradient: [Float], rest: [Float], logits: HostTensor<Float>?
  ) {
    guard let part else {
      try await standAside()
      let counts = [self.parameters.count, (statistics?.count ?? 0) + 1]
      let zeros = counts.map { [Float](repeating: 0, count: $0) }
      return (zeros[0], zeros[1], nil)
    }
    let found = try await gradients(of: part, total: total, parameters)
    return try await engine { () async throws(BackendError) in
      let statistics = try await found.statistics?.download().elements ?? []
      let rest = statistics + (try await found.loss.download().elements)
      return (
        try await found.gradient.download().elements, rest, try await found.logits.download()
      )
    }
  }

  /// What was added up, on the device again.
  private func learned(
    _ gradient: [Float], _ rest: [Float], _ logits: [HostTensor<Float>?]
  ) async throws(TrainingError) -> Learned {
    try await engine { () async throws(BackendError) in
      let count = rest.count - 1
      let values = count > 0 ? HostTensor([count], Array(rest[..<count])) : nil
      let batch: (any ResidentTensor)? =
        if let values { try await backend.upload(values) } else { nil }
      return Learned(
        loss: rest[count], logits: logits,
        gradient: try await backend.upload(HostTensor([gradient.count], gradient)),
        statistics: batch)
    }
  }

  private func gradients(
    of rows: Rows, total: Int, _ parameters: any ResidentParameters
  ) async throws(TrainingError) -> Gradients {
    try await gradients(
      rows.images, labels: rows.labels, samples: rows.samples, total: total, parameters)
  }
}

extension ResidentTensor {
  fileprivate func downloaded() async -> Result<HostTensor<Float>, TrainingError> {
    do throws(BackendError) {
      return .success(try await download())
    } catch {
      return .failure(.backend(error))
    }
  }
}
