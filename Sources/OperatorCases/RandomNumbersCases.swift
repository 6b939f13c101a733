import Operators
import Tensors

/// Blocks that end inside a quadruple, large samples, seeds of one and two words.
enum RandomNumbersCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("a picture of 3x17x19", [3, 17, 19], .normal, seed: 0, .positions(below: 50)),
    make("one number", [1], .normal, seed: 7, .positions(below: 9), rows: 5),
    make("a block of 6", [2, 3], .normal, seed: 1 << 40 | 5, .list([3, 1])),
    make(
      "the largest sample, 35 channels", [35, 3, 3], .normal, seed: .max,
      .list([16_777_215]), rows: 1),
    make("even, words exact", [3, 31, 33], .uniform, seed: 12345, .positions(below: 1000)),
    make(
      "even, a cell of each of 5 masks", [7, 7], .uniform, seed: 0, .list([0, 1, 2, 3999, 2]),
      rows: 5),
    make(
      "no such sample", [5], .uniform, seed: 3, .list([-1, .nan, 0.5, 2e7, 16_777_215]), rows: 5),
  ]

  private static func make(
    _ title: String, _ block: Shape, _ distribution: RandomNumbers.Distribution, seed: UInt64,
    _ values: Values, rows: Int = 2
  ) -> OperatorCase {
    let numbers = RandomNumbers(distribution, seed: seed, stream: .noise, block: block)
    return OperatorCase(
      .maps, title, numbers, [.rows("sample", [1], values).withoutGradient], rows: rows,
      tolerance: distribution == .uniform ? 0 : 1e-6)
  }
}
