import Operators
import Tensors

/// How far a network is off for a picture, and whether it is right.
package struct Judgement: Sendable, Hashable {
  /// The cross-entropy, in double precision.
  let loss: Double
  /// Whether the first of the largest logits is that of the class.
  let isCorrect: Bool

  /// Those of the rows of logits.
  /// - Parameters:
  ///   - logits: `[N, K]`.
  ///   - labels: the class of each row.
  /// - Returns: one for each row.
  package static func all(of logits: HostTensor<Float>, labels: [Int]) -> [Judgement] {
    let classCount = logits.shape[1]
    return labels.enumerated().map { row, label in
      let values = logits.elements[row * classCount..<(row + 1) * classCount]
      let largest = values.max() ?? 0
      let best = values.firstIndex(of: largest).map { $0 - values.startIndex }
      let sum = values.reduce(0) { $0 + exponential(Double($1 - largest)) }
      let distance = Double(values[values.startIndex + label] - largest)
      return Judgement(loss: naturalLogarithm(sum) - distance, isCorrect: best == label)
    }
  }
}

// MARK: - Between ranks

extension Judgement {
  /// Those of a batch as numbers: how many, then loss and 1 or 0 of each.
  static func line(_ batch: [Judgement]) -> [Double] {
    [Double(batch.count)] + batch.flatMap { [$0.loss, $0.isCorrect ? 1 : 0] }
  }

  /// Those of all batches in their order, batch b being the next line of rank b modulo ranks.
  static func inOrder(_ lines: [[Double]], batchCount: Int) -> [Judgement] {
    var ends = lines.map { _ in 0 }
    return (0..<batchCount).flatMap { batch in
      let rank = batch % lines.count
      let numbers = lines[rank]
      let start = ends[rank] + 1
      ends[rank] = start + 2 * Int(numbers[start - 1])
      return stride(from: start, to: ends[rank], by: 2).map { place in
        Judgement(loss: numbers[place], isCorrect: numbers[place + 1] == 1)
      }
    }
  }
}
