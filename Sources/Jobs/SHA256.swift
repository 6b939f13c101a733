import Models

/// The SHA-256 hash of FIPS 180-4, for the identity of model files.
public struct SHA256: ~Copyable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  private var rest: [UInt8] = []
  private var byteCount: UInt64 = 0

  /// A hash of nothing.
  public init() {}

  /// Adds bytes behind those added before.
  public mutating func add(_ bytes: [UInt8]) {
    byteCount += UInt64(bytes.count)
    let joined = rest.isEmpty ? bytes : rest + bytes
    let whole = joined.count / 64 * 64
    // Words are loaded from any place of the bytes, without bounds checked for each byte.
    joined.withUnsafeBytes { buffer in
      for start in stride(from: 0, to: whole, by: 64) { compress(buffer, start) }
    }
    rest = Array(joined[whole...])
  }

  /// The hash as 64 hexadecimal digits.
  public consuming func finish() -> String {
    let bitCount = byteCount &* 8
    var tail: [UInt8] = [0x80]
    while (rest.count + tail.count) % 64 != 56 { tail.append(0) }
    tail += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * UInt64($0))) }
    add(tail)
    return state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  private mutating func compress(_ bytes: UnsafeRawBufferPointer, _ start: Int) {
    // The schedule lives on the stack: an array would be allocated for every 64 bytes.
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
      for index in 0..<16 {
        words[index] = UInt32(
          bigEndian: bytes.loadUnaligned(fromByteOffset: start + 4 * index, as: UInt32.self))
      }
      for index in 16..<64 {
        let (a, b) = (words[index - 15], words[index - 2])
        let small = rotated(a, 7) ^ rotated(a, 18) ^ (a >> 3)
        let large = rotated(b, 17) ^ rotated(b, 19) ^ (b >> 10)
        words[index] = words[index - 16] &+ small &+ words[index - 7] &+ large
      }
      var (a, b, c, d) = (state[0], state[1], state[2], state[3])
      var (e, f, g, h) = (state[4], state[5], state[6], state[7])
      for index in 0..<64 {
        let sumE = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        let first = h &+ sumE &+ ((e & f) ^ (~e & g)) &+ Self.constants[index] &+ words[index]
        let sumA = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
        let second = sumA &+ ((a & b) ^ (a & c) ^ (b & c))
        (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
      }
      for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
    }
  }

  private func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}

extension SHA256 {
  /// The hash of a model's bytes: a file, or a model of the binary by its name.
  /// - Throws: `Failure` where it cannot be read.
  public static func hash(model path: String) throws(Failure) -> String {
    guard let model = BuiltInModel(rawValue: path) else { return try hash(file: path) }
    var hash = SHA256()
    do throws(ModelError) {
      hash.add(try model.bytes())
    } catch {
      throw Failure(error)
    }
    return hash.finish()
  }

  /// The hash of a file's bytes.
  /// - Throws: `Failure` where it cannot be read.
  public static func hash(file path: String) throws(Failure) -> String {
    var hash = SHA256()
    do throws(SystemError) {
      let file = try OpenFile(reading: path)
      var offset = 0
      while true {
        let bytes = try file.bytes(at: offset, count: 1 << 20)
        if bytes.isEmpty { break }
        hash.add(bytes)
        offset += bytes.count
      }
    } catch {
      throw error.reading(path)
    }
    return hash.finish()
  }
}
