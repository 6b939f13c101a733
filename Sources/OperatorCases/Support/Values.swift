import Tensors

/// Random numbers that depend on a seed and a place alone.
struct CounterGenerator: Sendable {
  let seed: UInt64

  /// 64 mixed bits of a place.
  ///
  /// The output function of SplitMix64: Steele, Lea and Flood, 2014.
  func bits(_ place: Int) -> UInt64 {
    var z = seed &+ UInt64(truncatingIfNeeded: place &+ 1) &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number of a range, of 24 random bits.
  func uniform(_ place: Int, _ range: ClosedRange<Float>) -> Float {
    let unit = Float(bits(place) >> 40) * 0x1p-24
    return range.lowerBound + unit * (range.upperBound - range.lowerBound)
  }

  /// A whole number from 0 to below a limit.
  func integer(_ place: Int, below limit: Int) -> Int {
    Int(bits(place) >> 33) % limit
  }
}

/// How the elements of an operand are made.
struct Values: Sendable {
  /// The element at a flat index of a tensor of a shape.
  let element: @Sendable (CounterGenerator, Int, Shape) -> Float

  /// Even over a range.
  static func uniform(_ range: ClosedRange<Float>) -> Values {
    Values { generator, index, _ in generator.uniform(index, range) }
  }

  /// Both signs, around one in size.
  static let signed = uniform(-2...2)

  /// Well above zero.
  static let positive = uniform(0.25...3)

  /// From 0 to 1, as masks.
  static let unit = uniform(0...1)

  /// Both signs, so large that exponentials overflow in single precision.
  static let large = uniform(-120...120)

  /// Both signs, no two elements close to each other: a shuffled ladder.
  static let distinct = Values { generator, index, shape in
    let bits = Int.bitWidth - max(shape.elementCount - 1, 1).leadingZeroBitCount
    let mask = 1 << bits - 1
    // Each line maps 0...mask onto itself.
    var rung = (index &* (generator.integer(0, below: mask + 1) | 1)) & mask
    rung ^= rung >> (bits / 2 + 1)
    rung = (rung &* 0x2545_f491 &+ generator.integer(1, below: mask + 1)) & mask
    return Float(rung) / Float(mask) * 4 - 2
  }

  /// A few whole numbers around zero, so that many elements are equal.
  static func levels(_ count: Int) -> Values {
    Values { generator, index, _ in
      Float(generator.integer(index, below: count) - count / 2)
    }
  }

  /// Zeros of both signs among some other numbers.
  static let zeros = Values { generator, index, _ in
    [0, -0.0, -1, 1, -0.0, 0, 0x1p-126, -0x1p-126][generator.integer(index, below: 8)]
  }

  /// Masks with exact zeros and ones among other numbers.
  static let mask = Values { generator, index, _ in
    let choice = generator.integer(index + 7919, below: 3)
    return choice == 2 ? generator.uniform(index, 0...1) : Float(choice)
  }

  /// Whole numbers from 0 to below a limit.
  static func positions(below limit: Int) -> Values {
    Values { generator, index, _ in Float(generator.integer(index, below: limit)) }
  }

  /// Whole numbers from 0 to below a limit, some beyond either end.
  static func positions(around limit: Int) -> Values {
    Values { generator, index, _ in Float(generator.integer(index, below: limit + 4) - 2) }
  }

  /// Both signs, but each second list along the last two axes holds one number throughout.
  static let someConstantMaps = Values { generator, index, shape in
    let map = index / (shape[shape.rank - 1] * shape[shape.rank - 2])
    return generator.uniform(map % 2 == 0 ? index : -1 - map, -2...2)
  }

  /// These numbers, over and over.
  static func list(_ numbers: [Float]) -> Values {
    Values { _, index, _ in numbers[index % numbers.count] }
  }
}
