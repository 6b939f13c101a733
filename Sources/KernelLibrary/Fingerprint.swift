/// The 64-bit FNV-1a hash of some bytes.
///
/// It tells versions apart; it does not withstand someone who wants a collision.
package struct Fingerprint: Sendable {
  /// The hash so far.
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of nothing.
  package init() {}

  /// The hash of some texts, which are kept apart.
  package init(_ texts: [String]) {
    for text in texts {
      add("\(text.utf8.count) ".utf8)
      add(text.utf8)
    }
  }

  /// Adds bytes behind those added before.
  package mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  /// The hash as 16 hexadecimal digits.
  package var digits: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
