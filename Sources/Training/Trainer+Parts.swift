import Execution

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
    /// The logits of each part before the step, `[N, K]`, on the device; nil without rows.
    public let logits: [(any ResidentTensor)?]
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
}
