import Operators

/// Which pictures make which batch of an epoch.
///
/// Every epoch has its own order, which follows from seed and epoch alone: Fisher and Yates' shuffle
/// with numbers of `Philox`.
public struct BatchOrder: Sendable, Hashable {
  /// The pictures of the set, below 2^32.
  public let sampleCount: Int
  /// The pictures of a batch, at least 1; the last batch of an epoch has those that are left.
  public let batchSize: Int
  /// The seed of the run.
  public let seed: UInt64

  /// An order.
  /// - Precondition: the numbers are within the ranges of the properties.
  public init(sampleCount: Int, batchSize: Int, seed: UInt64) {
    precondition(0..<1 << 32 ~= sampleCount && batchSize > 0, "\(sampleCount) in \(batchSize)s")
    self.sampleCount = sampleCount
    self.batchSize = batchSize
    self.seed = seed
  }

  /// The number of batches of an epoch.
  public var batchCount: Int { (sampleCount + batchSize - 1) / batchSize }

  /// The places in the set of the pictures of each batch.
  /// - Parameter epoch: counted from 0, below 2^32; nil for the order of the set.
  /// - Returns: `batchCount` lists; together every place once.
  public func batches(epoch: Int?) -> [[Int]] {
    let places = epoch.map(shuffled) ?? Array(0..<sampleCount)
    return stride(from: 0, to: sampleCount, by: batchSize).map { start in
      Array(places[start..<min(start + batchSize, sampleCount)])
    }
  }

  private func shuffled(_ epoch: Int) -> [Int] {
    let philox = Philox(seed: seed)
    var places = Array(0..<sampleCount)
    for last in places.indices.dropFirst().reversed() {
      let element = UInt64(epoch) << 32 | UInt64(last)
      let other = philox.integer(element, below: UInt32(last) + 1, stream: .order)
      places.swapAt(last, Int(other))
    }
    return places
  }
}
