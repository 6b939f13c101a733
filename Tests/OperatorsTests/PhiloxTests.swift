import Operators
import Tensors
import Testing

@Suite("Random numbers follow from seed, stream and place")
struct PhiloxTests {
  @Test("the words of the authors' known answers")
  func knownAnswers() {
    let zeros = Philox.words(counter: SIMD4(repeating: 0), key: SIMD2(repeating: 0))
    #expect(zeros == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = Philox.words(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
    #expect(ones == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let digits = Philox.words(
      counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      key: SIMD2(0xa409_3822, 0x299f_31d0))
    #expect(digits == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test("seed, block and stream stand where they belong")
  func counterAndKey() {
    let philox = Philox(seed: 0x0123_4567_89ab_cdef)
    let words = philox.words(block: 0xfedc_ba98_7654_3210, stream: .grid)
    #expect(
      words
        == Philox.words(
          counter: SIMD4(0x7654_3210, 0xfedc_ba98, 2, 0), key: SIMD2(0x89ab_cdef, 0x0123_4567)))
    for lane in 0..<4 {
      #expect(
        philox.word(4 * 77 + UInt64(lane), stream: .noise)
          == philox.words(block: 77, stream: .noise)[lane])
    }
  }

  @Test("numbers are even, whole or normal")
  func distributions() {
    let philox = Philox(seed: 42)
    let count = 40_000
    let even = (0..<count).map { philox.uniform(UInt64($0), stream: .noise) }
    #expect(even.allSatisfy { (0..<1).contains($0) })
    #expect(abs(even.reduce(0, +) / Double(count) - 0.5) < 0.005)
    let whole = (0..<count).map { philox.integer(UInt64($0), below: 7, stream: .shift) }
    for value in 0..<7 {
      #expect(abs(Double(whole.count { $0 == UInt32(value) }) / Double(count) - 1 / 7.0) < 0.01)
    }
    #expect(whole.allSatisfy { $0 < 7 })
    let normal = (0..<count).map { philox.normal(UInt64($0), stream: .noise) }
    let mean = normal.reduce(0, +) / Double(count)
    let variance = normal.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    #expect(abs(mean) < 0.015 && abs(variance - 1) < 0.02)
    // u1 = 2^-24 is the least: nothing is infinite.
    #expect(normal.allSatisfy { abs($0) < 5.77 })
  }

  @Test("normals are those of the formula, computed elsewhere")
  func normals() {
    let expected = [
      -0.7374545662546775,
      -0.6043333568122958,
      1.3369493616699901,
      0.39354359622970475,
      -0.5661337553979803,
      0.8006058418355262,
      0.3952917575339187,
      0.26464874244476516,
    ]
    let philox = Philox(seed: 9)
    for (element, value) in expected.enumerated() {
      #expect(abs(philox.normal(UInt64(element), stream: .noise) - value) < 1e-14)
    }
  }

  @Test("the operator names samples, and leaves out those that are none")
  func samples() {
    let numbers = RandomNumbers(.uniform, seed: 5, stream: .noise, block: [2, 3])
    let y = apply(numbers, HostTensor([3, 1], [0.0, 7, -1]))
    let philox = Philox(seed: 5)
    #expect(y.shape == [3, 2, 3])
    for j in 0..<6 {
      #expect(y[j] == philox.uniform(UInt64(j), stream: .noise))
      #expect(y[6 + j] == philox.uniform(UInt64(42 + j), stream: .noise))
      #expect(y[12 + j] == 0)
    }
  }
}
