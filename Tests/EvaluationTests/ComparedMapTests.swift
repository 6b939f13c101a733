import Evaluation
import Tensors
import Testing

@Suite("Maps that are compared with others")
struct ComparedMapTests {
  private static let side = 20

  /// Positions in rising order, the last three with other values, times a factor for each channel.
  private func map(_ last: [Float], _ factors: [Float]) -> HostTensor<Float> {
    let plane = (0..<Self.side * Self.side - 3).map(Float.init) + last
    return HostTensor(
      [1, factors.count, Self.side, Self.side],
      factors.flatMap { factor in plane.map { factor * $0 } })
  }

  private func likeness(_ factors: [Float]) -> [SanityCheck.Similarity: Double] {
    ComparedMap(map([500, 600, 700], factors)).similarities(
      with: ComparedMap(map([9000, 800, 2000], factors)), range: 1)
  }

  @Test("colours are compared as they are shown: up to the 99th percentile, and nothing above it")
  func colours() {
    // Magnitudes and signed values are three and one times the position.
    for (kind, value) in likeness([1, 1, -1]) where kind != .hog {
      #expect(abs(value - 1) < 1e-9, "\(kind): \(value)")
    }
    // Without colours every value counts.
    let plain = likeness([1])
    for kind in [SanityCheck.Similarity.spearman, .signed, .ssim] {
      #expect((plain[kind] ?? 1) < 1 - 1e-9, "\(kind)")
    }
  }

  @Test("signs are seen by the signed values alone")
  func signs() {
    let (one, other) = (map([500, 600, 700], [1, 1, 1]), map([500, 600, 700], [-1, -1, -1]))
    let found = ComparedMap(one).similarities(with: ComparedMap(other), range: 1)
    #expect(abs((found[.spearman] ?? 0) - 1) < 1e-9)
    #expect((found[.signed] ?? 1) < 0.5)
  }
}
