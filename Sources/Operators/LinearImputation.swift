import Graphs
import Tensors

/// Hidden pixels filled in so that each is the weighted mean of its neighbours.
///
/// y = x where the mask is above 0. Of hidden pixels q: d[q] · y[q] − Σ w[s] · y[s] over the hidden
/// neighbours = Σ w[s] · x[s] over the shown ones, w = 1/6 for the four beside and 1/12 for the four
/// across a corner, d[q] the sum of w over the neighbours inside the image; each channel alone:
/// Rong et al., A Consistent and Efficient Evaluation Strategy for Attribution Methods (ROAD), 2022.
/// Where everything is hidden there is nothing to start from: zeros.
///
/// Solved by conjugate gradients from zero, preconditioned by d, until the residual is less than
/// 1e-12 of the right side, or 1e-7 where an engine computes in single precision.
///
/// Inputs: x `[N, C, H, W]`, mask `[N, 1, H, W]`. Output: `[N, C, H, W]`.
public struct LinearImputation: Operator {
  /// The stem of every file about this operator.
  public static let name = "linear_imputation"

  /// The rounds of the iteration at most.
  public static let mostRounds = 4000
  /// The share of the right side below which the residual ends it.
  static let smallestResidual = 1e-12

  /// The operator; it has no parameters.
  public init() {}

  /// The shape of x.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4, 4], takes: "x [N, C, H, W], mask [N, 1, H, W]")
    guard inputs[1] == inputs[0].with(1, along: 1) else {
      throw ShapeError(Self.name, "mask \(inputs[1]) for \(inputs[0])")
    }
    return inputs[0]
  }

  /// The iteration as written above.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (x, mask) = (inputs[0], inputs[1])
    let (height, width) = (x.shape[2], x.shape[3])
    let plane = height * width
    var y = x
    for n in 0..<x.shape[0] {
      let shown = (0..<plane).map { mask[n * plane + $0] > 0 }
      let system = Neighbours(shown: shown, height: height, width: width)
      for c in 0..<x.shape[1] {
        let first = (n * x.shape[1] + c) * plane
        let values = (0..<plane).map { shown[$0] ? x[first + $0] : 0 }
        for (p, value) in system.solution(values).enumerated() where !shown[p] {
          y[first + p] = value
        }
      }
    }
    return y
  }

  /// Refused: the derivative by the mask does not exist, and by x it is the solution of a system
  /// that nothing asks for.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    throw .unsuitable("the derivative of filled-in pixels is not available")
  }

  /// Some hundred rounds.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 100 * 30 * outputCount(inputs))
  }
}

/// The system of equations of hidden pixels.
private struct Neighbours {
  let shown: [Bool]
  let height: Int
  let width: Int
  /// The sum of the weights of each pixel's neighbours; 1 where there are none.
  let diagonal: [Double]

  init(shown: [Bool], height: Int, width: Int) {
    self.shown = shown
    self.height = height
    self.width = width
    diagonal = shown.indices.map { place in
      var sum = 0.0
      Self.visit(place, height, width) { sum += $1 }
      return sum > 0 ? sum : 1
    }
  }

  /// The neighbours of a pixel inside the image, with their weights.
  private static func visit(
    _ place: Int, _ height: Int, _ width: Int, _ body: (Int, Double) -> Void
  ) {
    let (y, x) = (place / width, place % width)
    for j in max(y - 1, 0)...min(y + 1, height - 1) {
      for i in max(x - 1, 0)...min(x + 1, width - 1) where j != y || i != x {
        body(j * width + i, j == y || i == x ? 1.0 / 6 : 1.0 / 12)
      }
    }
  }

  /// Σ w · v over the neighbours of hidden pixels, 0 at shown ones.
  private func sums(_ v: [Double]) -> [Double] {
    v.indices.map { place in
      guard !shown[place] else { return 0 }
      var sum = 0.0
      Self.visit(place, height, width) { sum += $1 * v[$0] }
      return sum
    }
  }

  /// The hidden pixels, from the shown ones with zeros in place of the hidden.
  func solution(_ values: [Double]) -> [Double] {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    var u = [Double](repeating: 0, count: values.count)
    var r = sums(values)
    var p = zip(r, diagonal).map { $0 / $1 }
    var product = dot(r, p)
    let end = dot(r, r) * LinearImputation.smallestResidual * LinearImputation.smallestResidual
    for _ in 0..<LinearImputation.mostRounds {
      guard dot(r, r) > end else { break }
      let neighbours = sums(p)
      let q = p.indices.map { diagonal[$0] * p[$0] - neighbours[$0] }
      let step = product / dot(p, q)
      for place in u.indices {
        u[place] += step * p[place]
        r[place] -= step * q[place]
      }
      let z = zip(r, diagonal).map { $0 / $1 }
      let next = dot(r, z)
      for place in p.indices { p[place] = z[place] + next / product * p[place] }
      product = next
    }
    return u
  }
}
