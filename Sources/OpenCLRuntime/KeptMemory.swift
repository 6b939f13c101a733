/// Memory that was given back, for those who ask for as many bytes.
struct KeptMemory<Memory: Sendable>: Sendable {
  /// Smaller ones cost little to make, and are not kept.
  static var leastByteCount: Int { 64 << 10 }

  /// In the order in which they were given back.
  private var kept: [(memory: Memory, byteCount: Int)] = []

  /// The bytes of all of it.
  var byteCount: Int { kept.reduce(0) { $0 + $1.byteCount } }

  /// What was given back last of exactly this size; it is not kept any more.
  mutating func take(byteCount: Int) -> Memory? {
    kept.lastIndex { $0.byteCount == byteCount }.map { kept.remove(at: $0).memory }
  }

  /// Keeps memory, unless it is little.
  mutating func give(_ memory: Memory, byteCount: Int) {
    guard byteCount >= Self.leastByteCount else { return }
    kept.append((memory, byteCount))
  }

  /// Lets go of the oldest until so many bytes are left at most.
  mutating func trim(to most: Int) {
    var excess = byteCount - most
    while excess > 0, !kept.isEmpty { excess -= kept.removeFirst().byteCount }
  }
}
