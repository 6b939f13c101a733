import Execution
import Graphs
import Operators
import Tensors

/// Where the points of an integral over [0, 1] lie, and what they weigh.
public enum PathRule: String, Sendable, Hashable, CaseIterable {
  /// Right ends, as in the paper.
  case right
  /// Left ends.
  case left
  /// Midpoints.
  case mid
  /// Both ends, each weighing half.
  case trapezoid
  /// Gauss-Legendre, Captum's default.
  case gauss
  /// Both ends, weighing as much as the others: the PAIR library.
  case pair

  /// Whether the first and the last point are the ends, so that there must be two.
  var hasBothEnds: Bool { self == .trapezoid || self == .pair }

  /// So many points.
  /// - Precondition: two or more where the rule has both ends.
  package func points(_ count: Int) -> [PathPoint] {
    let m = Double(count)
    return (0..<count).map { k in
      let k0 = Double(k)
      switch self {
      case .right: return PathPoint(place: (k0 + 1) / m, weight: 1 / m)
      case .left: return PathPoint(place: k0 / m, weight: 1 / m)
      case .mid: return PathPoint(place: (k0 + 0.5) / m, weight: 1 / m)
      case .trapezoid:
        let isEnd = k == 0 || k == count - 1
        return PathPoint(place: k0 / (m - 1), weight: (isEnd ? 0.5 : 1) / (m - 1))
      case .gauss: return PathPoint(gauss: k, of: count)
      case .pair: return PathPoint(place: k0 / (m - 1), weight: 1 / m)
      }
    }
  }
}

/// A point of an integral over [0, 1].
package struct PathPoint: Sendable, Hashable {
  /// Where it lies.
  package let place: Double
  /// What it weighs.
  package let weight: Double

  init(place: Double, weight: Double) {
    self.place = place
    self.weight = weight
  }

  /// The k-th of n roots of the Legendre polynomial P_n, ascending, brought from [-1, 1] to [0, 1].
  ///
  /// Newton's method from cos(π (i + 3/4) / (n + 1/2)); the weight on [-1, 1] is
  /// 2 / ((1 − x²) P_n′(x)²).
  init(gauss k: Int, of n: Int) {
    var x = -cosine(turns: (Double(k) + 0.75) / (2 * Double(n) + 1))
    var slope = 1.0
    for _ in 0..<100 {
      var (last, before) = (1.0, 0.0)
      for degree in 1...n {
        let d = Double(degree)
        (last, before) = (((2 * d - 1) * x * last - (d - 1) * before) / d, last)
      }
      slope = Double(n) * (x * last - before) / (x * x - 1)
      let step = last / slope
      x -= step
      if abs(step) < 1e-15 { break }
    }
    place = (x + 1) / 2
    weight = 1 / ((1 - x * x) * slope * slope)
  }
}

/// The gradient summed along the straight way from a baseline, times the way.
struct IntegratedPath: InputAttribution, Hashable {
  /// The points.
  var points: [PathPoint]
  /// Where the way begins.
  var baseline: Baseline

  var passes: Passes { Passes(forwards: points.count, backwards: points.count) }

  func values(
    of rows: ImageRows, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let start = try await baseline.images(for: rows.images, with: probe)
    return try await values(of: rows, from: start, with: probe)
  }

  /// The same from images that are known, `[R, C, H, W]`.
  ///
  /// Points are added one after the other, so bits depend neither on the number of rows nor on how
  /// many points share a run.
  func values(
    of rows: ImageRows, from start: any ResidentTensor, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let count = rows.targets.count
    var sum: (any ResidentTensor)?
    for first in stride(from: 0, to: points.count, by: rows.copies) {
      try checkCancellation()
      let chunk = points[first..<min(first + rows.copies, points.count)]
      let gradients = try await gradients(of: rows, from: start, at: Array(chunk), with: probe)
      for (place, point) in chunk.enumerated() {
        let part = try await probe.take(
          Array(place * count..<(place + 1) * count), of: gradients)
        let weight = try await probe.upload(
          HostTensor([count, 1, 1, 1], filledWith: Float(point.weight)))
        sum = try await probe.compute([part, weight] + (sum.map { [$0] } ?? [])) {
          (builder, inputs) throws(GraphError) in
          let product = try builder.add(Multiply(), [inputs[0], inputs[1]])
          return [inputs.count == 3 ? try builder.add(Add(), [inputs[2], product]) : product]
        }[0]
      }
    }
    guard let sum else { throw .unsuitable("an integral without points") }
    return try await probe.compute([rows.images, start, sum]) {
      (builder, inputs) throws(GraphError) in
      let way = try builder.add(Subtract(), [inputs[0], inputs[1]])
      return [try builder.add(Multiply(), [way, inputs[2]])]
    }[0]
  }

  /// The gradients at some points, one set of rows after the other.
  private func gradients(
    of rows: ImageRows, from start: any ResidentTensor, at points: [PathPoint],
    with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let many = try await rows.repeated(points.count, with: probe)
    let order = points.flatMap { _ in rows.targets.indices }
    let places = points.flatMap { point in rows.targets.map { _ in Float(point.place) } }
    let mixed = try await probe.compute([
      many.images, probe.take(order, of: start),
      probe.upload(HostTensor([order.count, 1, 1, 1], places)),
    ]) { (builder, inputs) throws(GraphError) in
      let way = try builder.add(Subtract(), [inputs[0], inputs[1]])
      return [
        try builder.add(Add(), [inputs[1], builder.add(Multiply(), [way, inputs[2]])])
      ]
    }[0]
    let query = Query(targets: many.targets, gradients: [.image])
    return try await probe.evidence(query, on: mixed, seeds: many.seeds).imageGradient
  }
}
