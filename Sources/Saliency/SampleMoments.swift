import Execution
import Graphs
import Operators
import Tensors

/// Mean, mean square or variance of samples that come one after the other.
///
/// Memory holds a sum, or, for the variance, a mean and a sum of squared deviations: Welford 1962.
/// Bits follow from the order of the samples alone.
struct SampleMoments {
  /// What is made of the samples.
  let mode: SmoothGrad.Mode
  /// The rows of a sample.
  let targets: Int
  private var count = 0
  /// The sum, or the mean so far.
  private var first: (any ResidentTensor)?
  /// The sum of squared deviations so far.
  private var second: (any ResidentTensor)?

  /// No samples yet.
  init(mode: SmoothGrad.Mode, targets: Int) {
    self.mode = mode
    self.targets = targets
  }

  /// Takes one more sample, `[T, C, H, W]`.
  mutating func add(
    _ sample: any ResidentTensor, with probe: some Probe
  ) async throws(ExplanationError) {
    count += 1
    let mode = mode
    guard let known = first else {
      let start = try await probe.compute([sample]) { (builder, inputs) throws(GraphError) in
        let square = try builder.add(Multiply(), [inputs[0], inputs[0]])
        let zero = try builder.add(Multiply(), [inputs[0], builder.constant(0)])
        return [mode == .square ? square : inputs[0], zero]
      }
      (first, second) = (start[0], start[1])
      return
    }
    guard mode == .variance, let spread = second else {
      first = try await probe.compute([known, sample]) { (builder, inputs) throws(GraphError) in
        let term =
          mode == .square ? try builder.add(Multiply(), [inputs[1], inputs[1]]) : inputs[1]
        return [try builder.add(Add(), [inputs[0], term])]
      }[0]
      return
    }
    let share = try await probe.upload(
      HostTensor([targets, 1, 1, 1], filledWith: 1 / Float(count)))
    let next = try await probe.compute([known, spread, sample, share]) {
      (builder, inputs) throws(GraphError) in
      let change = try builder.add(Subtract(), [inputs[2], inputs[0]])
      let mean = try builder.add(
        Add(), [inputs[0], builder.add(Multiply(), [change, inputs[3]])])
      let rest = try builder.add(Subtract(), [inputs[2], mean])
      return [
        mean, try builder.add(Add(), [inputs[1], builder.add(Multiply(), [change, rest])]),
      ]
    }
    (first, second) = (next[0], next[1])
  }

  /// The mean of what was added up.
  func result(with probe: some Probe) async throws(ExplanationError) -> any ResidentTensor {
    guard let sum = mode == .variance ? second : first else {
      throw .unsuitable("a mean without samples")
    }
    let count = Float(count)
    return try await probe.compute([sum]) { (builder, inputs) throws(GraphError) in
      [try builder.add(Divide(), [inputs[0], builder.constant(count)])]
    }[0]
  }
}
