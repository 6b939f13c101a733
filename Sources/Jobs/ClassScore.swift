import Saliency

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A class of an image with what the network says of it.
public struct ClassScore: Sendable, Hashable {
  /// The class.
  public let index: Int
  /// The output before softmax or sigmoid.
  public let logit: Double
  /// Its probability under the score function; nil where outputs are raw.
  public let probability: Double?
}

/// What a network says of one image.
public struct Prediction: Sendable, Hashable {
  /// Every class, most likely first; the lowest index wins a tie.
  public let ranked: [ClassScore]

  /// Reads one row of outputs.
  ///
  /// One output z stands for two classes, 1 with z and 0 with -z, unless outputs are raw.
  public init(outputs: [Float], scores: ScoreFunction) {
    let isBinary = outputs.count == 1
    let logits = isBinary ? [-Double(outputs[0]), Double(outputs[0])] : outputs.map(Double.init)
    var probabilities: [Double]?
    switch scores {
    case .softmax:
      let highest = logits.max() ?? 0
      let powers = logits.map { exp($0 - highest) }
      let sum = powers.reduce(0, +)
      probabilities = powers.map { $0 / sum }
    case .sigmoid: probabilities = logits.map { 1 / (1 + exp(-$0)) }
    case .raw: break
    }
    let classes = logits.indices.map { index in
      ClassScore(index: index, logit: logits[index], probability: probabilities?[index])
    }
    // A raw output is no choice between two classes.
    let isRawBinary = isBinary && scores == .raw
    ranked = (isRawBinary ? classes.reversed() : classes).sorted { first, second in
      if isRawBinary { return first.index > second.index }
      return (second.logit, first.index) < (first.logit, second.index)
    }
  }

  /// The score of a class.
  public subscript(index: Int) -> ClassScore? { ranked.first { $0.index == index } }
}
