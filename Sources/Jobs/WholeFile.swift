#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes files that appear whole or not at all: a temporary neighbour, `fsync`, then a rename.
public enum WholeFile {
  /// Puts bytes at a path, in the place of what was there; makes the folders it needs.
  /// - Parameters:
  ///   - bytes: the content.
  ///   - path: the file.
  ///   - isDurable: whether the bytes are on the disk when this returns; without, thousands of
  ///     small files need not wait for the disk one by one, and a power cut may lose the latest.
  /// - Throws: `Failure` of kind `inputOutput`; nothing is left behind then.
  public static func write(
    _ bytes: [UInt8], to path: String, isDurable: Bool = true
  ) throws(Failure) {
    do throws(SystemError) {
      try place(bytes, at: path, isDurable: isDurable)
    } catch {
      throw error.writing(path)
    }
  }

  /// Puts text at a path, as UTF-8.
  /// - Throws: `Failure` of kind `inputOutput`; nothing is left behind then.
  public static func write(_ text: String, to path: String) throws(Failure) {
    try write(Array(text.utf8), to: path)
  }

  /// Checks that a file can be made at a path, or a folder with files; leaves nothing behind.
  ///
  /// The folder above is there already: a path that is mistyped makes no folders.
  /// - Parameters:
  ///   - path: the file or folder.
  ///   - flag: what names it, `--report`.
  ///   - kind: what it is to be.
  /// - Throws: `Failure` of kind `inputOutput`, or `missing` where the folder above is not there.
  package static func checkWritable(
    _ path: String, flag: String, as kind: Files.Kind
  ) throws(Failure) {
    var bare = path
    while bare.count > 1, bare.hasSuffix("/") { bare.removeLast() }
    let found = Files.kind(of: path)
    let place = "\(flag) \(path)"
    guard found == nil || found == kind else {
      throw Failure(
        .inputOutput, place, kind == .folder ? "is not a folder" : "is not a plain file",
        try: "choose another path")
    }
    let folder = found == .folder ? path : Files.folder(of: bare)
    guard Files.kind(of: folder) == .folder else {
      throw Failure(.missing, place, "no folder \(folder)", try: "make it, or choose another path")
    }
    let probe = "\(folder)/.salient-\(getpid()).tmp"
    do throws(SystemError) {
      _ = try OpenFile(writing: probe, flags: O_EXCL)
    } catch {
      throw Failure(
        .inputOutput, place, "cannot be written: \(error.reason)", try: "choose another path")
    }
    unlink(probe)
  }

  static func place(
    _ bytes: [UInt8], at path: String, isDurable: Bool = true
  ) throws(SystemError) {
    try place(at: path, isDurable: isDurable) { file throws(SystemError) in try file.write(bytes) }
  }

  /// Puts what a body writes at a path.
  static func place(
    at path: String, isDurable: Bool = true,
    _ body: (borrowing OpenFile) throws(SystemError) -> Void
  ) throws(SystemError) {
    let folder = Files.folder(of: path)
    try Files.makeFolder(folder)
    // A name of its own for each process and file: two processes may write into one folder.
    let stem = path.utf8.reduce(into: FNV1a()) { $0.add($1) }.value
    let temporary = "\(folder)/.salient-\(getpid())-\(String(stem, radix: 16)).tmp"
    do throws(SystemError) {
      let file = try OpenFile(writing: temporary, flags: O_TRUNC)
      try body(file)
      if isDurable { try file.synchronise() }
      guard rename(temporary, path) == 0 else { throw .last }
    } catch {
      unlink(temporary)
      throw error
    }
  }
}

/// The 64-bit hash of Fowler, Noll and Vo, variant 1a.
package struct FNV1a {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }

  /// The hash of a text's UTF-8 bytes.
  static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(into: FNV1a()) { $0.add($1) }.value
  }

  /// The same with every bit of the input spread over all bits, fit for taking remainders.
  package static func spread(_ text: String) -> UInt64 {
    var value = hash(text)
    value = (value ^ (value >> 33)) &* 0xff51_afd7_ed55_8ccd
    value = (value ^ (value >> 33)) &* 0xc4ce_b9fe_1a85_ec53
    return value ^ (value >> 33)
  }
}
