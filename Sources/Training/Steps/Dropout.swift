import Graphs
import Operators

extension GraphBuilder {
  /// Sets some numbers to 0 and scales the others so that the expectation stays.
  ///
  /// y = x / (1 − p) where u >= p, else 0; u are numbers in [0, 1) that follow from the seed and the
  /// sample of a row alone: Srivastava et al. 2014, in the inverted form of PyTorch's `dropout`.
  /// - Parameters:
  ///   - x: `[N, ...]`.
  ///   - probability: p, 0..<1.
  ///   - samples: `[N, 1]`, whole numbers below 2^24.
  ///   - seed: that of this dropout.
  /// - Returns: the shape of x.
  /// - Throws: `GraphError` where the shapes do not fit.
  mutating func dropout(
    _ x: Value, probability: Float, samples: Value, seed: UInt64
  ) throws(GraphError) -> Value {
    let numbers = RandomNumbers(.uniform, seed: seed, stream: .dropout, block: shape(of: x).row)
    let kept = try add(Step(lower: probability.nextDown), [add(numbers, [samples])])
    let scaled = try add(Divide(), [x, constant(1 - probability)])
    return try add(Multiply(), [scaled, kept])
  }
}
