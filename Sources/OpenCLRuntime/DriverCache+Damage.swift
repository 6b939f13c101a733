import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// What PoCL 3.1 keeps:  XX/<hash>/program.bc                   LLVM bitcode
//                       XX/<hash>/last_accessed                always empty
//                       XX/<hash>/<kernel>/<sizes>/<kernel>.so   one per work-group size
//                       tempfile_<random>[.suffix]             under way, or left behind
// It rebuilds whatever of these is missing, so removing the damaged file mends the cache.

extension DriverCache {
  /// Removes files that would end the process, and what builds left behind more than an hour ago.
  ///
  /// Other processes are safe: PoCL writes under a temporary name and renames.
  func removeDamage() throws(OpenCLError) -> [String] {
    guard let paths = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
      throw unusable("cannot be read: \(Self.reason())", "remove the folder by hand")
    }
    var removed: [String] = []
    for path in paths.sorted() where isLeftover(path) { unlink(self.path(path)) }
    for path in paths.sorted() where isDamaged(path) {
      guard unlink(self.path(path)) == 0 || errno == ENOENT else {
        throw unusable(
          "holds the damaged file \(path), which cannot be removed: \(Self.reason())",
          "remove the folder by hand")
      }
      removed.append(path)
    }
    return removed
  }

  private func isLeftover(_ path: String) -> Bool {
    var status = stat()
    return path.hasPrefix("tempfile_") && lstat(self.path(path), &status) == 0
      && status.st_mode & S_IFMT == S_IFREG && time(nil) - status.st_mtim.tv_sec > 3600
  }

  private func isDamaged(_ path: String) -> Bool {
    guard !path.hasPrefix("tempfile_"), path.hasSuffix(".so") || path.hasSuffix(".bc")
    else { return false }
    let descriptor = open(self.path(path), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return errno != ENOENT }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    let file = CachedFile(descriptor: descriptor, byteCount: Int(status.st_size))
    return !(path.hasSuffix(".bc") ? file.isWholeBitcode : file.isWholeELF)
  }
}

/// A look at the headers of an open file, to tell whether its end is missing.
private struct CachedFile {
  let descriptor: CInt
  let byteCount: Int

  /// A number of `Number`'s size at a byte offset, little-endian; `nil` beyond the end.
  private func number<Number: FixedWidthInteger>(at offset: Int, as: Number.Type) -> Int? {
    var number: Number = 0
    let size = MemoryLayout<Number>.size
    guard offset >= 0, offset <= byteCount - size,
      pread(descriptor, &number, size, off_t(offset)) == size
    else { return nil }
    return Int(exactly: Number(littleEndian: number))
  }

  /// Whether the section table, which is at the end of what linkers write, is there.
  var isWholeELF: Bool {
    guard number(at: 0, as: UInt32.self) == 0x464C_457F,  // "\u{7F}ELF"
      let is64 = number(at: 4, as: UInt8.self).map({ $0 == 2 }),
      let start = is64 ? number(at: 40, as: UInt64.self) : number(at: 32, as: UInt32.self),
      let size = number(at: is64 ? 58 : 46, as: UInt16.self),
      let count = number(at: is64 ? 60 : 48, as: UInt16.self)
    else { return false }
    return start > 0 && start <= byteCount && size * count <= byteCount - start
  }

  /// Whether the top-level blocks fill the file: each begins with a word whose two low bits are 1
  /// and a word with its length in words.
  var isWholeBitcode: Bool {
    guard number(at: 0, as: UInt32.self) == 0xDEC0_4342 else { return false }  // "BC" 0xC0DE
    var offset = 4
    while offset < byteCount {
      guard let head = number(at: offset, as: UInt32.self), head & 3 == 1,
        let words = number(at: offset + 4, as: UInt32.self)
      else { return false }
      offset += 8 + 4 * words
    }
    return offset == byteCount && byteCount > 4
  }
}
