/// Random numbers that depend on a seed, a stream and a place alone: Philox4x32-10.
///
/// J. K. Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011. The key is the seed,
/// low word first; the counter is (block, low word first; stream; 0). Element e of a stream is
/// lane e mod 4 of block e div 4, so nothing depends on who asks first. `common/philox.clh` is the
/// same for devices. Not fit for cryptography.
public struct Philox: Sendable, Hashable {
  /// What numbers are used for; no two uses share any.
  public enum Stream: UInt32, Sendable, Hashable, CaseIterable {
    /// Noise on pictures.
    case noise = 1
    /// Cells of random masks.
    case grid = 2
    /// Shifts of random masks.
    case shift = 3
    /// New weights.
    case weights = 4
    /// Seeds of clusters.
    case clusters = 5
    /// Noise on pixels that are filled in.
    case imputation = 6
    /// The order of equal pixels.
    case ties = 7
    /// What images are perturbed with to compare their scores.
    case perturbations = 8
    /// What images are moved by to compare their maps.
    case moves = 9
    /// Maps that mean nothing.
    case maps = 10
    /// Resampled images.
    case bootstrap = 11
    /// The order of training pictures.
    case order = 12
    /// Crops and flips of training pictures.
    case crops = 13
    /// Numbers that are dropped out.
    case dropout = 14
    /// Which training pictures are augmented by maps.
    case augmentation = 15
    /// Colours of training pictures.
    case colors = 16
    /// Windows of training images.
    case windows = 17
  }

  /// The seed.
  public let seed: UInt64

  /// The numbers of a seed.
  public init(seed: UInt64) {
    self.seed = seed
  }

  /// The four words of a block.
  public func words(block: UInt64, stream: Stream) -> SIMD4<UInt32> {
    let counter = SIMD4(Self.low(block), Self.high(block), stream.rawValue, 0)
    return Self.words(counter: counter, key: SIMD2(Self.low(seed), Self.high(seed)))
  }

  /// Ten rounds of the generator; counter and key have their lowest word first.
  package static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (x, k) = (counter, key)
    for round in 0..<10 {
      if round > 0 { k = k &+ SIMD2(0x9e37_79b9, 0xbb67_ae85) }
      let first = UInt64(x[0]) * 0xd251_1f53
      let second = UInt64(x[2]) * 0xcd9e_8d57
      x = SIMD4(high(second) ^ x[1] ^ k[0], low(second), high(first) ^ x[3] ^ k[1], low(first))
    }
    return x
  }

  /// The word of an element.
  public func word(_ element: UInt64, stream: Stream) -> UInt32 {
    words(block: element / 4, stream: stream)[Int(element % 4)]
  }

  /// A number in `[0, 1)`, a multiple of 2^-24.
  public func uniform(_ element: UInt64, stream: Stream) -> Double {
    Self.fraction(word(element, stream: stream))
  }

  /// A whole number in `0..<bound`.
  public func integer(_ element: UInt64, below bound: UInt32, stream: Stream) -> UInt32 {
    Self.high(UInt64(word(element, stream: stream)) * UInt64(bound))
  }

  /// A number of the normal distribution, by Box and Muller: lanes 0 and 1, and 2 and 3, are pairs.
  ///
  /// With a and b the words of a pair: u1 = ((a >> 8) + 1) · 2^-24, u2 = (b >> 8) · 2^-24; the
  /// even lane is √(−2 ln u1) · cos(2π u2), the odd one √(−2 ln u1) · sin(2π u2).
  public func normal(_ element: UInt64, stream: Stream) -> Double {
    let words = words(block: element / 4, stream: stream)
    let pair = Int(element % 4) & 2
    let u1 = Self.fraction(words[pair]) + 0x1p-24
    let radius = (-2 * naturalLogarithm(u1)).squareRoot()
    let turn = Self.fraction(words[pair + 1])
    return radius * (element % 2 == 0 ? cosine(turns: turn) : sine(turns: turn))
  }

  private static func fraction(_ word: UInt32) -> Double { Double(word >> 8) * 0x1p-24 }
  private static func low(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word) }
  private static func high(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word >> 32) }
}
