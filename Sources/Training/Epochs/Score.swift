/// How far a network is off for some pictures, and how often it is right.
public struct Score: Sendable, Hashable {
  /// The losses of all pictures together.
  public private(set) var lossSum: Double
  /// The pictures whose largest logit is that of their class.
  public private(set) var correctCount: Int
  /// The pictures.
  public private(set) var count: Int

  /// A score; without arguments of no pictures.
  public init(lossSum: Double = 0, correctCount: Int = 0, count: Int = 0) {
    self.lossSum = lossSum
    self.correctCount = correctCount
    self.count = count
  }

  /// The mean loss of a picture; 0 without any.
  public var loss: Double { lossSum / Double(max(count, 1)) }
  /// The share of the pictures that are right, 0...1; 0 without any.
  public var accuracy: Double { Double(correctCount) / Double(max(count, 1)) }

  /// Whether it is better than another: more right, or as many and less far off; a loss that is no
  /// number is as far off as can be.
  public func isBetter(than other: Score) -> Bool {
    let distances = [loss, other.loss].map { $0.isNaN ? .infinity : $0 }
    return (accuracy, distances[1]) > (other.accuracy, distances[0])
  }

  /// Adds pictures by their mean loss and how many of them are right.
  package mutating func add(loss: Float, correctCount: Int, count: Int) {
    lossSum += Double(loss) * Double(count)
    self.correctCount += correctCount
    self.count += count
  }

  /// The score of some pictures.
  package init(_ judgements: [Judgement]) {
    self.init(
      lossSum: judgements.reduce(0) { $0 + $1.loss },
      correctCount: judgements.count(where: \.isCorrect), count: judgements.count)
  }
}
