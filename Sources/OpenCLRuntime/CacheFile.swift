import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Small files that processes share: read within a limit, and replaced whole or not at all.
package enum CacheFile {
  /// Why a file could not be written: the system's words.
  package struct Refusal: Error, Hashable, Sendable {
    /// The file or folder.
    package let path: String
    /// The system's words.
    package let reason: String

    init(_ path: String) {
      self.path = path
      reason = String(cString: strerror(errno))
    }
  }

  /// The bytes of a file.
  /// - Parameters:
  ///   - path: a plain file.
  ///   - most: the most bytes that make sense.
  /// - Returns: nil where there is no such file, it is no plain file, too long, or cannot be read.
  package static func read(_ path: String, most: Int) -> [UInt8]? {
    // A pipe of that name must not make us wait.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      (0...most).contains(Int(clamping: status.st_size))
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var done = 0
    while done < bytes.count {
      // The system call fills the rest of the array; `done` is at most its count.
      let count = bytes.withUnsafeMutableBytes { buffer in
        pread(file, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      done += count
    }
    return bytes
  }

  /// Puts bytes at a path by writing a neighbour and renaming it; makes the folders it needs.
  ///
  /// What writers before have left half written is removed.
  /// - Throws: `Refusal`; nothing is left behind then, and what was there stays.
  package static func write(_ bytes: [UInt8], to path: String) throws(Refusal) {
    try makeFolder(of: path)
    removeStaleNeighbours(of: path)
    let temporary = neighbour(of: path)
    let file = open(temporary, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Refusal(path) }
    var refusal: Refusal?
    var done = 0
    while done < bytes.count, refusal == nil {
      // The system call takes what it can; the rest starts behind it.
      let count = bytes.withUnsafeBytes { buffer in
        #if canImport(Glibc)
          Glibc.write(file, buffer.baseAddress?.advanced(by: done), buffer.count - done)
        #elseif canImport(Musl)
          Musl.write(file, buffer.baseAddress?.advanced(by: done), buffer.count - done)
        #else
          Darwin.write(file, buffer.baseAddress?.advanced(by: done), buffer.count - done)
        #endif
      }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { refusal = Refusal(path) }
      done += max(count, 0)
    }
    if refusal == nil, fsync(file) != 0 { refusal = Refusal(path) }
    close(file)
    if refusal == nil, rename(temporary, path) != 0 { refusal = Refusal(path) }
    if let refusal {
      unlink(temporary)
      throw refusal
    }
  }

  /// Removes a file, if it is there.
  package static func remove(_ path: String) { unlink(path) }

  /// The names in a folder, sorted; none where it cannot be read.
  package static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// Runs a body while no other process runs one on the same folder.
  ///
  /// A file system without locks gives none; then the last writer wins.
  /// - Throws: `Refusal` where the folder cannot be made or opened, and what the body throws.
  package static func alone<Value>(
    in folder: String, _ body: () throws(Refusal) -> Value
  ) throws(Refusal) -> Value {
    try makeFolder(of: "\(folder)/file")
    let lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard lock >= 0 else { throw Refusal(folder) }
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0, errno == EINTR {}
    return try body()
  }

  /// What lies before the last slash.
  static func folder(of path: String) -> String {
    String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  private static func makeFolder(of path: String) throws(Refusal) {
    let folder = Self.folder(of: path)
    guard !folder.isEmpty else { return }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      // The attempt to make the last folder only sets the system's reason.
      _ = mkdir(folder, 0o700)
      throw Refusal(folder)
    }
  }
}
