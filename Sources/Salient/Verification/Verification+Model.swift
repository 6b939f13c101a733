import Execution
import Jobs
import Models
import OpenCLBackend
import Tensors

extension Verification {
  /// Checks every step of a network's plan on real values.
  /// - Parameters:
  ///   - network: the network.
  ///   - name: what the report calls it.
  ///   - device: what to check; any but the reference.
  ///   - images: `[N, C, H, W]`; nil for two images of noise.
  ///   - report: called for every step.
  ///   - keep: called for every step that deviates.
  /// - Returns: a row for each step, in order.
  /// - Throws: `Failure` where the images do not fit or the device cannot go on.
  public static func check(
    _ network: Network, name: String, on device: DeviceInUse, images: HostTensor<Float>? = nil,
    report: (VerificationRow) -> Void, keep: (Failed) throws(Failure) -> Void
  ) async throws(Failure) -> VerificationReport {
    let backend = try openCL(device)
    let images = images ?? noise(network.imageShape)
    guard images.shape.rank == 4, images.shape.row == network.imageShape, images.shape[0] > 0 else {
      throw Failure(
        .content, "INPUT", "an image of \(images.shape.row)",
        try: "the network takes \(network.imageShape)")
    }
    var outcomes: [CaseOutcome] = []
    let graph = network.graph.with(outputs: [network.logits.value])
    do throws(BackendError) {
      try await ModelCheck(backend: backend, weights: network.weights)
        .check(graph, images: images) { outcome in
          report(row(outcome))
          outcomes.append(outcome)
        }
    } catch {
      throw Failure(error, device: device.name)
    }
    for outcome in outcomes where !outcome.faults.isEmpty {
      try keep(
        Failed(
          name: "\(outcome.operatorName).\(outcome.variant).\(outcome.title)", inputs: [],
          outputs: outcome.outputs))
    }
    return VerificationReport(
      device: device.name, driver: device.driver ?? "", kernelHash: device.kernelHash ?? "",
      replacedKernelCount: device.replacedKernelCount,
      subject: name, rows: outcomes.map(row))
  }

  static func openCL(_ device: DeviceInUse) throws(Failure) -> OpenCLBackend {
    guard let backend = device.backend as? OpenCLBackend else {
      throw Failure(
        .usage, "--device reference", "is what others are compared with",
        try: "name another device")
    }
    return backend
  }

  private static func row(_ outcome: CaseOutcome) -> VerificationRow {
    var row = VerificationRow(operatorName: outcome.operatorName, variant: outcome.variant)
    row.add(outcome)
    return row
  }

  /// Two images of noise, the same every time.
  private static func noise(_ shape: Shape) -> HostTensor<Float> {
    var state: UInt64 = 1
    return HostTensor(Shape([2] + shape.extents)) { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(1 << 30) - 1
    }
  }
}

extension VerificationRow {
  /// Adds what was made of one case.
  mutating func add(_ outcome: CaseOutcome) {
    let (worst, histogram) = ErrorTable.read(outcome.outputs)
    add(
      Case(
        title: outcome.title, error: outcome.error, limit: outcome.limit, faults: outcome.faults,
        worstElements: worst), histogram: histogram)
  }
}
