import Evaluation
import Foundation
import Graphs
import Imaging
import Jobs
import Operators
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// Whole evaluations with metrics made for the test, on the reference engine.
@Suite("Evaluations")
struct EvaluationJobTests {
  /// Measures nothing but fails as it is told, or gives the number of maps that it gets at once.
  struct Scripted: Metric {
    enum Mood { case unsuitable, notFinite, lost, well }

    static let name = "scripted"
    static let citation = Citation(paper: "none", equations: [])
    static let settings: [Setting] = []
    static let direction = MetricDirection.higher
    static let needs: MetricNeeds = .network
    var mood = Mood.well

    init(settings: [String: String] = [:]) throws(SettingError) {}

    init(_ mood: Mood) { self.mood = mood }

    var resolvedSettings: [(name: String, value: String)] { [] }

    func measure(
      _ subjects: Subjects, with probe: some Probe
    ) async throws(ExplanationError) -> [Evaluation.Measurement] {
      switch mood {
      case .unsuitable: throw .unsuitable("no")
      case .notFinite: return subjects.targets.map { _ in .init(failed: "it holds NaN") }
      case .lost: throw .backend(.device("gone"))
      case .well: return subjects.targets.map { _ in .init(Double(subjects.targets.count)) }
      }
    }
  }

  private func job(_ folder: TestFolder, classes: Int) async throws -> Job {
    var head = #"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 2, 3), }"#
    while (head.utf8.count + 11) % 64 != 0 { head += " " }
    var bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(head.utf8.count + 1), 0]
    bytes += Array((head + "\n").utf8)
    for place in 0..<12 {
      withUnsafeBytes(of: (Float(place) / 7).bitPattern.littleEndian) { bytes += $0 }
    }
    try folder.write(bytes, to: "in.npy")
    var builder = GraphBuilder()
    let image = builder.input("x", [1, 1, 2, 3])
    let flat = try builder.add(Reshape([1, 6]), [image])
    let weights = HostTensor<Float>([classes, 6]) { Float($0 * 5 % 13) / 13 }
    let graph = try builder.finish(
      outputs: [builder.add(Linear(), [flat, builder.constant(weights)])])
    let backend = ReferenceBackend()
    let engine = Engine(
      network: graph, parameters: try await backend.upload([:]), backend: backend,
      options: SessionOptions())
    return Job(
      inputs: try folder.inputs("in.npy").inputs,
      methods: try MethodCatalogue(Floors.methods).requests(["centre", "random"], set: []),
      targets: [], layers: [],
      context: TargetContext(outputCount: classes, labels: nil, scores: .softmax),
      keeps: Keeps([]), preparation: Preparation(.imagenet, channels: 1), drawing: Drawing(),
      batchSize: 8, threads: 1,
      folder: OutputFolder("\(folder.path)/out", mode: .fresh, records: "evaluation.jsonl"),
      engine: engine)
  }

  private static let record = RunRecord(
    command: [],
    provenance: .init(
      version: "0", device: "reference", driver: nil, precision: "fp32", modelPath: "m",
      modelSHA256: "0", kernelHash: nil), flags: [], seed: 0,
    predicted: .init(bytes: 0, seconds: 0))

  @Test("what one metric cannot do is counted, and the others go on")
  func badPair() async throws {
    let folder = try TestFolder()
    let metrics = [
      MetricRequest(name: "bad", metric: Scripted(.unsuitable)),
      MetricRequest(name: "worse", metric: Scripted(.notFinite)),
      MetricRequest(name: "good", metric: Scripted(.well)),
      MetricRequest(name: "sparseness", metric: try Sparseness()),
    ]
    let job = try await job(folder, classes: 3)
    let (totals, summary) = try await EvaluationJob(
      job, metrics: metrics, targets: try job.context.targets(["0", "2"])
    ).run(Self.record) { _ in }
    #expect(summary.rows.map(\.metric.name).count == 8 && totals.failed == 2)
    for row in summary.rows {
      let isBad = ["bad", "worse"].contains(row.metric.name)
      #expect(row.values.count == (isBad ? 0 : 4), "\(row.metric.name)")
      #expect(row.values.failed == (isBad ? 4 : 0) && row.values.skipped == 0)
    }
    #expect(summary.imageCount == 2 && summary.failedCount == 2)
    // The maps of both images are measured together.
    #expect(summary.rows.first { $0.metric.name == "good" }?.values.value == 4)
  }

  @Test("a lost device ends the run")
  func lostDevice() async throws {
    let folder = try TestFolder()
    let evaluation = EvaluationJob(
      try await job(folder, classes: 3),
      metrics: [MetricRequest(name: "lost", metric: Scripted(.lost))])
    let failure = await #expect(throws: Failure.self) {
      try await evaluation.run(Self.record) { _ in }
    }
    #expect(failure?.kind == .temporary && failure?.what == "gone")
  }

  @Test("all classes are measured, but not all at once")
  func manyTargets() async throws {
    let folder = try TestFolder()
    let job = try await job(folder, classes: 150)
    let (_, summary) = try await EvaluationJob(
      job, metrics: [MetricRequest(name: "good", metric: Scripted(.well))],
      targets: try job.context.targets(["all"])
    ).run(Self.record) { _ in }
    let row = try #require(summary.rows.first)
    #expect(row.values.count == 300 && row.values.failed == 0)
    // 300 maps in pieces of 64: four of 64 and one of 44; the mean is over maps.
    #expect(abs((row.values.value ?? 0) - (4.0 * 64 * 64 + 44 * 44) / 300) < 1e-9)
  }
}
