/// A stream of random numbers that is fully told by its key, the same on every machine.
///
/// SplitMix64 (Steele, Lea, Flood 2014): a counter, and a mixer that spreads each count over all
/// bits. Not fit for cryptography.
struct RandomStream: Sendable {
  private var state: UInt64

  /// A stream of its own for each key; keys that differ in one bit have nothing in common.
  init(_ key: UInt64...) {
    state = key.reduce(0x5ca1_ab1e) { Self.mixed($0 ^ Self.mixed($1 &+ 0x9e37_79b9_7f4a_7c15)) }
  }

  /// The next 64 bits.
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mixed(state)
  }

  /// A number in `[0, 1)`, a multiple of 2^-53.
  mutating func unit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number between two bounds, all equally likely.
  mutating func number(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * unit()
  }

  /// A whole number in `0..<bound`; the bias is below 2^-50 for the bounds used here.
  mutating func index(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// True with a probability.
  mutating func chance(_ probability: Double) -> Bool {
    unit() < probability
  }

  /// One of some choices, all equally likely.
  mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
    choices[index(below: choices.count)]
  }

  /// Spreads every bit of a word over all bits.
  static func mixed(_ word: UInt64) -> UInt64 {
    var word = word
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
