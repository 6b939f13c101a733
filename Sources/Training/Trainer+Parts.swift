import Execution
import Graphs
import Jobs
import Tensors

extension Trainer {
  /// Some of the rows of a step: those that go through the network together.
  public struct Part: Sendable {
    /// `[N, C, H, W]`, normalised; nil without rows.
    public let images: (any ResidentTensor)?
    /// The class of each.
    public let labels: [Int]

    /// Rows.
    public init(_ images: any ResidentTensor, labels: [Int]) {
      self.images = images
      self.labels = labels
    }

    /// No rows.
    public init() {
      images = nil
      labels = []
    }
  }

  /// What a step has shown.
  public struct Outcome: Sendable {
    /// The number of the step, counted from 1.
    public let step: Int
    /// The mean loss of all rows before the step; finite.
    public let loss: Float
    /// The rows of all parts, those of other ranks too.
    public let rowCount: Int
    /// The logits of each part before the step, `[N, K]`; nil without rows.
    public let logits: [HostTensor<Float>?]
  }

  /// Refuses rows that the network cannot learn from.
  nonisolated func check(_ part: Part) throws(TrainingError) {
    let labels = part.labels
    guard let images = part.images?.shape else { return }
    guard images.extents.first == labels.count, 1...capacity ~= labels.count else {
      throw .batch("\(labels.count) labels for images \(images), at most \(capacity) a step")
    }
    if let place = labels.firstIndex(where: { !(0..<classCount ~= $0) }) {
      throw .batch("label \(labels[place]) of image \(place) is not in 0..<\(classCount)")
    }
    guard labels.count >= compiled.fewestOwnRows else {
      throw .batch(
        "one number a channel has no variance; take batches of two images or larger images")
    }
  }

  /// The rows of the parts of all ranks.
  func counts(of parts: [Part]) async throws(TrainingError) -> StepRows {
    let (ranks, own) = (compiled.ranks, parts.map(\.labels.count))
    return try await sharing { () async throws(Failure) in
      StepRows(try await ranks.gathered(own))
    }
  }

  /// The rows of a part with their numbers; nil without any.
  func rows(of part: Part, from start: Int) -> CompiledStep.Rows? {
    guard let images = part.images else { return nil }
    let first = sampleCount + start
    return CompiledStep.Rows(
      images: images, labels: part.labels.map(Float.init),
      samples: part.labels.indices.map { Float((first + $0) % Self.sampleLimit) })
  }

  /// The first layer that makes NaN or infinity of the rows of a rank; nil where none is known to.
  func firstNotFinite(
    _ parts: [CompiledStep.Rows?]
  ) async throws(TrainingError) -> LayerName? {
    var own: LayerName?
    for case let rows? in parts where own == nil {
      own = await compiled.firstNotFinite(rows, parameters)
    }
    let (ranks, name) = (compiled.ranks, own?.text ?? "")
    let names = try await sharing { () async throws(Failure) in try await ranks.gathered(name) }
    return names.first { !$0.isEmpty }.map { LayerName($0) }
  }

  /// One more than the largest sample: larger floats are not all whole numbers.
  private static let sampleLimit = 1 << 24
}
