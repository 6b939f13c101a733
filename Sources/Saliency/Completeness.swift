import Execution
import Graphs
import Operators
import Tensors

/// How far the values of a map are from adding up to what they explain.
enum Completeness {
  /// A note for each target: |Σ values − (after − before)|, with values `[T, C, H, W]`, and targets
  /// `[T, 1]` of the image and of what the map need not explain.
  ///
  /// No notes where a probe does not tell the targets.
  static func notes(
    of values: any ResidentTensor, after: (any ResidentTensor)?,
    before: (any ResidentTensor)?, with probe: some Probe
  ) async throws(ExplanationError) -> [Note] {
    guard let after, let before else { return [] }
    let table = try await probe.compute([values, after, before]) {
      (builder, inputs) throws(GraphError) in
      let sum = try builder.add(ReduceSum(axes: [1, 2, 3], keepsAxes: false), [inputs[0]])
      let change = try builder.add(Subtract(), [inputs[1], inputs[2]])
      return [
        try builder.add(Concat(axis: 1), [builder.add(Reshape([1, 1]), [sum]), change])
      ]
    }[0]
    let numbers = try await engine { () async throws(BackendError) in try await table.download() }
    return (0..<numbers.shape[0]).map { target in
      let (sum, change) = (numbers[2 * target], numbers[2 * target + 1])
      return Note(
        target: target,
        "completeness error \(short(abs(sum - change))): values add up to \(short(sum)), the target"
          + " changes by \(short(change))")
    }
  }

  /// Four digits or so.
  static func short(_ number: Float) -> String {
    guard number.isFinite, number != 0 else { return "\(number)" }
    var (scale, exponent) = (Double(abs(number)), 0)
    while scale < 1 { (scale, exponent) = (scale * 10, exponent - 1) }
    while scale >= 10 { (scale, exponent) = (scale / 10, exponent + 1) }
    let digits = (scale * 1000).rounded() / 1000
    let sign = number < 0 ? "-" : ""
    guard !(-4..<6).contains(exponent) else {
      return "\(Float((Double(number) * 1e6).rounded() / 1e6))"
    }
    return "\(sign)\(digits)e\(exponent)"
  }
}
