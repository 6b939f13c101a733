import Execution
import Graphs
import OpenCLBackend
import ReferenceBackend
import Tensors
import Testing
import Training

@Suite("Steps are those of PyTorch in double precision")
struct StepTests {
  /// The distance in the Euclidean norm, by that of the truth.
  ///
  /// Where a tensor is nearly zero by definition, as the gradient of a bias in front of a
  /// normalisation, by a thousandth of that of all tensors together.
  private func distances(
    _ found: [ParameterName: HostTensor<Double>], _ truth: [ParameterName: HostTensor<Double>]
  ) throws -> [(name: ParameterName, distance: Double)] {
    func norm(_ elements: some Sequence<Double>) -> Double {
      elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    let whole = norm(truth.values.flatMap(\.elements))
    return try truth.map { name, tensor in
      let other = try #require(found[name], "\(name)")
      #expect(other.shape == tensor.shape)
      let error = norm(zip(other.elements, tensor.elements).map { $0 - $1 })
      return (name, error / max(norm(tensor.elements), 1e-3 * whole))
    }
  }

  private func expect(
    _ found: [ParameterName: HostTensor<Double>], _ truth: [ParameterName: HostTensor<Double>],
    within limit: Double, _ what: String
  ) throws {
    for (name, distance) in try distances(found, truth) {
      #expect(distance <= limit, "\(what): \(name) is off by \(distance)")
    }
  }

  /// Runs a recipe and compares what there is after the first step and at the end.
  private func follow(
    _ run: TrainingFixture.Run, of fixture: TrainingFixture, _ network: SmallNetwork,
    on backend: any Backend, within limit: Double
  ) async throws {
    let trainer = try await Trainer(
      network.graph, fixture.weights, options: run.options(network), capacity: fixture.rows,
      on: backend)
    let names = Set(try await trainer.weights().keys)
    for (step, loss) in run.losses.enumerated() {
      let labels = fixture.labels[step % fixture.labels.count]
      let images = try await backend.upload(fixture.images(at: step))
      let outcome = try await trainer.step(images, labels: labels, rate: run.rate)
      let found = Double(outcome.loss)
      #expect(abs(found - loss) <= max(limit, 1e-6) * abs(loss), "step \(outcome.step)")
      guard step == 0 || step == run.losses.count - 1 else { continue }
      let kind = "\(run.name) \(step == 0 ? "first" : "last")"
      let truth = fixture[kind].filter { names.contains($0.key) }
      #expect(truth.count == names.count)
      let weights = try await values(truth.mapValues(\.shape), trainer.parameters, on: backend)
      try expect(weights, truth, within: limit, "\(kind) on \(backend.name)")
    }
  }

  @Test("gradients of the first step", arguments: SmallNetwork.names)
  func gradients(name: String) async throws {
    let (fixture, network) = (try TrainingFixture(name), try SmallNetwork(name))
    let engines: [any Backend] = [ReferenceBackend(), try await Engines.openCL.value]
    for (backend, limit) in zip(engines, [1e-9, 1e-4]) {
      let step = try await CompiledStep(
        network.graph, fixture.runs[0].options(network), capacity: fixture.rows, on: backend)
      let learned = try await step.gradients(
        try await backend.upload(fixture.images(at: 0)), labels: fixture.labels[0].map(Float.init),
        samples: (0..<fixture.rows).map(Float.init), try await backend.upload(fixture.weights))
      let found = step.parameters.tensors(of: try await doubles(learned.gradient))
      let truth = fixture["descent gradients"]
      #expect(found.count == truth.count)
      try expect(found, truth, within: limit, backend.name)
    }
  }

  @Test("weights and running statistics after 1 and 20 steps", arguments: SmallNetwork.names)
  func descent(name: String) async throws {
    let (fixture, network) = (try TrainingFixture(name), try SmallNetwork(name))
    let backend = try await Engines.openCL.value
    try await follow(fixture.runs[0], of: fixture, network, on: backend, within: 1e-4)
  }

  @Test("every rule, clipping, smoothing and frozen layers, in both precisions")
  func recipes() async throws {
    let (fixture, network) = (try TrainingFixture("tiny"), try SmallNetwork("tiny"))
    #expect(fixture.runs.count == 6)
    for run in fixture.runs {
      try await follow(run, of: fixture, network, on: ReferenceBackend(), within: 1e-9)
      try await follow(
        run, of: fixture, network, on: try await Engines.openCL.value, within: 1e-4)
    }
  }
}
