import Graphs
import Operators

extension GraphBuilder {
  /// The cross-entropy of a batch with smoothed labels, its mean over the rows.
  ///
  /// −Σ_k q[k] · ln softmax(z)[k], q = (1 − ε) · [k = label] + ε / K: Szegedy et al. 2016, section 7;
  /// PyTorch `cross_entropy` with `label_smoothing`.
  /// - Parameters:
  ///   - logits: z, `[N, K]`.
  ///   - labels: `[N, 1]`, whole numbers in 0..<K.
  ///   - smoothing: ε, 0...1.
  /// - Returns: `[1, 1]`.
  /// - Throws: `GraphError` where the shapes do not fit.
  mutating func crossEntropy(
    _ logits: Value, labels: Value, smoothing: Float
  ) throws(GraphError) -> Value {
    let logarithms = try add(LogSoftmax(axis: 1), [logits])
    let marks = try add(OneHot(depth: shape(of: logits)[1]), [labels])
    let product = try add(Multiply(), [marks, logarithms])
    var rows = try add(ReduceSum(axes: [1], keepsAxes: true), [product])
    if smoothing > 0 {
      let even = try add(ReduceMean(axes: [1], keepsAxes: true), [logarithms])
      let distance = try add(Subtract(), [even, rows])
      rows = try add(Add(), [rows, add(Multiply(), [distance, constant(smoothing)])])
    }
    let mean = try add(ReduceMean(axes: [0, 1], keepsAxes: true), [rows])
    return try add(Multiply(), [mean, constant(-1)])
  }
}
