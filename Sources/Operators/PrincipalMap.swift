import Graphs
import Tensors

/// The positions of a stack of maps, projected on its first right singular vector: EigenCAM.
///
/// M[p,k] = a[n,k,p], a row for each of the Z positions. v is the unit vector that maximises |M·v|,
/// the largest eigenvector of MᵀM, and y[n,p] = ± Σ_k M[p,k] · v[k] (Muhammad and Yeasin 2020). The
/// paper leaves the sign open: here the entry of the largest magnitude is positive, the first one
/// in row-major order where two are equal. A stack of zeros gives zeros.
///
/// v is found by power iteration from the vector of ones, v ← MᵀM·v / |MᵀM·v|, until it changes by
/// less than 1e-10 or 1000 rounds are done.
///
/// Input: a `[N, C, h, w]`. Output: `[N, 1, h, w]`.
public struct PrincipalMap: Operator {
  /// The stem of every file about this operator.
  public static let name = "principal_map"

  /// The rounds of the iteration at most.
  public static let mostRounds = 1000
  /// The change of the vector below which it ends.
  static let smallestChange = 1e-10

  /// The operator; it has no parameters.
  public init() {}

  /// `[N, 1, h, w]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4], takes: "a [N, C, h, w]")
    return inputs[0].with(1, along: 1)
  }

  /// The iteration as written above.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let a = inputs[0]
    let plane = a.shape[2] * a.shape[3]
    var y = zeroOutput(inputs)
    for n in 0..<a.shape[0] {
      let channels = (0..<a.shape[1]).map { k in
        (0..<plane).map { a[(n * a.shape[1] + k) * plane + $0] }
      }
      for (p, value) in Self.projection(channels, positions: plane).enumerated() {
        y[n * plane + p] = value
      }
    }
    return y
  }

  /// M·v for the channels of one image, with its sign.
  private static func projection(_ channels: [[Double]], positions: Int) -> [Double] {
    func projected(_ v: [Double]) -> [Double] {
      var u = [Double](repeating: 0, count: positions)
      for (channel, weight) in zip(channels, v) {
        for p in 0..<positions { u[p] += weight * channel[p] }
      }
      return u
    }
    func norm(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    var v = [Double](repeating: 1 / Double(channels.count).squareRoot(), count: channels.count)
    for _ in 0..<mostRounds {
      let u = projected(v)
      let next = channels.map { channel in zip(channel, u).reduce(0) { $0 + $1.0 * $1.1 } }
      let length = norm(next)
      guard length > 0 else { break }
      let scaled = next.map { $0 / length }
      let change = norm(zip(scaled, v).map { $0 - $1 })
      v = scaled
      if change < smallestChange { break }
    }
    let map = projected(v)
    let largest = map.map(abs).max() ?? 0
    let isNegative = (map.first { abs($0) == largest } ?? 0) < 0
    return isNegative ? map.map { -$0 } : map
  }

  /// Refused: the derivative of an eigenvector needs all the others, and leaving it out would be
  /// wrong without a word.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    throw .unsuitable("the derivative of a principal map is not available")
  }

  /// The smaller matrix of products once, and some thirty rounds with it.
  public func cost(_ inputs: [Shape]) -> Cost {
    let (rows, columns) = Self.extents(inputs[0])
    return cost(inputs, operations: inputs[0][0] * rows * rows * (columns + 60))
  }

  /// The extents of M, turned so that it has no more rows than columns.
  public static func extents(_ a: Shape) -> (rows: Int, columns: Int) {
    let plane = a[2] * a[3]
    return (min(a[1], plane), max(a[1], plane))
  }
}
