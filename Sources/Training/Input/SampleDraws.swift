import Operators

/// The random numbers of one picture in one epoch, in the order in which they are drawn.
///
/// They follow from (seed, epoch, sample, use) and the count of draws alone: who draws them, when,
/// and how many others do, changes nothing. They are those of `Philox`: draw d is element
/// ((epoch · 2^32 + sample) · 64 + d) of the stream.
public struct SampleDraws: Sendable {
  private let philox: Philox
  private let stream: Philox.Stream
  private let start: UInt64
  private var count: UInt64 = 0

  /// The draws that one picture may take in one epoch.
  private static let limit: UInt64 = 64

  /// The numbers of a picture.
  /// - Parameters:
  ///   - seed: the seed of the run.
  ///   - epoch: counted from 0, below 2^26.
  ///   - sample: the place of the picture in its set, below 2^32.
  ///   - stream: what the numbers are used for.
  public init(seed: UInt64, epoch: Int, sample: Int, stream: Philox.Stream) {
    precondition(0..<1 << 26 ~= epoch && 0..<1 << 32 ~= sample, "epoch \(epoch), sample \(sample)")
    philox = Philox(seed: seed)
    self.stream = stream
    start = (UInt64(epoch) << 32 | UInt64(sample)) * Self.limit
  }

  /// The next number in `[0, 1)`, a multiple of 2^-24.
  public mutating func unit() -> Double {
    precondition(count < Self.limit, "more than \(Self.limit) draws of a picture")
    defer { count += 1 }
    return philox.uniform(start + count, stream: stream)
  }

  /// The next number between two bounds, all equally likely.
  public mutating func number(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * unit()
  }

  /// A whole number in `0..<count`, all equally likely.
  public mutating func index(below count: Int) -> Int { Int(unit() * Double(count)) }

  /// The numbers of `0..<count`, all orders equally likely: Fisher and Yates' shuffle from the end,
  /// with `count - 1` numbers.
  public mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in order.indices.dropFirst().reversed() {
      order.swapAt(last, index(below: last + 1))
    }
    return order
  }
}
