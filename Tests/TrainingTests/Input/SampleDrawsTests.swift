import Testing
import Training

@Suite("Random numbers belong to seed, epoch and sample")
struct SampleDrawsTests {
  private func numbers(_ seed: UInt64, _ epoch: Int, _ sample: Int) -> [Double] {
    var draws = SampleDraws(seed: seed, epoch: epoch, sample: sample, stream: .crops)
    return (0..<64).map { _ in draws.unit() }
  }

  @Test("the same key gives the same numbers, any other key others")
  func keysDecide() {
    let keys: [(UInt64, Int, Int)] = [
      (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, (1 << 26) - 1, (1 << 32) - 1),
    ]
    let found = keys.map { numbers($0.0, $0.1, $0.2) }
    #expect(found == keys.map { numbers($0.0, $0.1, $0.2) })
    #expect(Set(found.joined()).count > 5 * 64 - 4)
    #expect(found.joined().allSatisfy { 0..<1 ~= $0 })
  }

  @Test("numbers between bounds follow those of the unit interval")
  func boundsScale() {
    var draws = SampleDraws(seed: 3, epoch: 0, sample: 0, stream: .crops)
    let first = numbers(3, 0, 0)[0]
    #expect(draws.number(-2, 6) == -2 + 8 * first)
  }
}
