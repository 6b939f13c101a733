import Graphs
import Tensors

/// Random numbers of a stream, a block of them for each sample that is named.
///
/// y[r, j] = number sample[r] · n + j of the stream, n the elements of a block (`Philox`). They
/// depend on seed, stream and sample alone, so rows may be computed in any order and any number.
/// A sample that is not in 0 ..< 2^24 gives zeros. It has no derivative.
///
/// Input: sample `[R, 1]`, whole numbers. Output: `[R] + block`.
public struct RandomNumbers: Operator {
  /// The stem of every file about this operator.
  public static let name = "random_numbers"

  /// How numbers are spread.
  public enum Distribution: Sendable, Hashable, CaseIterable {
    /// Even over `[0, 1)`, multiples of 2^-24.
    case uniform
    /// Normal: mean 0, variance 1.
    case normal
  }

  /// One more than the largest sample: larger floats are not all whole numbers.
  static let sampleLimit = 1 << 24

  /// How numbers are spread.
  public var distribution: Distribution
  /// The seed.
  public var seed: UInt64
  /// What they are used for.
  public var stream: Philox.Stream
  /// The shape of a sample.
  public var block: Shape

  /// Numbers of a stream.
  public init(
    _ distribution: Distribution, seed: UInt64, stream: Philox.Stream, block: Shape
  ) {
    self.distribution = distribution
    self.seed = seed
    self.stream = stream
    self.block = block
  }

  /// `[R] + block`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [2], takes: "sample [R, 1]")
    guard inputs[0][1] == 1 else {
      throw ShapeError(Self.name, "takes sample [R, 1], not \(inputs[0])")
    }
    return try Self.sized(Shape([inputs[0][0]] + block.extents))
  }

  /// The formula.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let shape = checkedShape(inputs)
    let size = shape.row.elementCount
    let philox = Philox(seed: seed)
    return HostTensor(shape) { flat in
      guard let sample = place(inputs[0][flat / size], below: Self.sampleLimit) else { return 0 }
      let element = UInt64(sample) * UInt64(size) + UInt64(flat % size)
      switch distribution {
      case .uniform: return philox.uniform(element, stream: stream)
      case .normal: return philox.normal(element, stream: stream)
      }
    }
  }

  /// About a hundred operations for each number.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 100 * outputCount(inputs))
  }
}
