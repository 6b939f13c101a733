#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A number that the operating system gave as the reason of a failed call.
struct SystemError: Error, Hashable {
  let code: Int32

  /// The reason of the call that failed just now.
  static var last: SystemError { SystemError(code: errno) }

  /// The memory for something could not be had.
  static let outOfMemory = SystemError(code: ENOMEM)

  /// The system's own words, `No space left on device`.
  var reason: String { String(cString: strerror(code)) }

  /// Whether any other file would meet the same fate: the disk is full, broken or read-only.
  var concernsWholeDisk: Bool {
    [ENOSPC, EDQUOT, EROFS, EIO, EFBIG, ENFILE, EMFILE, EACCES, EPERM].contains(code)
  }

  /// The failure of an input that cannot be read.
  func reading(_ path: String) -> Failure {
    switch code {
    case ENOENT, ENOTDIR: Failure(.missing, path, "no such file")
    case EISDIR: Failure(.content, path, "is a folder, not a file")
    case EINVAL: Failure(.content, path, "is not a regular file")
    case EACCES, EPERM:
      Failure(.missing, path, "cannot be read: \(reason)", try: "check its permissions")
    default: Failure(.inputOutput, path, "cannot be read: \(reason)")
    }
  }

  /// The failure of an output that cannot be written.
  func writing(_ path: String) -> Failure {
    switch code {
    case ENOSPC, EDQUOT, EFBIG:
      Failure(.inputOutput, path, reason, try: "make room, then go on with --resume")
    default:
      Failure(
        .inputOutput, path, "cannot be written: \(reason)", try: "choose another folder with -o")
    }
  }
}

/// An open file, closed when it goes out of scope.
struct OpenFile: ~Copyable {
  let descriptor: Int32

  /// Opens a regular file for reading; never waits for a pipe or device.
  init(reading path: String) throws(SystemError) {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last }
    var status = stat()
    var reason: SystemError?
    if fstat(descriptor, &status) != 0 {
      reason = .last
    } else if status.st_mode & S_IFMT != S_IFREG {
      reason = SystemError(code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
    }
    if let reason {
      close(descriptor)
      throw reason
    }
    self.descriptor = descriptor
  }

  /// Opens a file for writing, with flags of `open(2)`.
  init(writing path: String, flags: Int32) throws(SystemError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o666)
    guard descriptor >= 0 else { throw .last }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The number of bytes in the file.
  func byteCount() throws(SystemError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .last }
    return Int(status.st_size)
  }

  /// Reads bytes at an offset; fewer than asked for only where the file ends.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
        off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .last }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Fills an array from an offset on; returns the number of bytes that the file had.
  func read(into elements: inout [Float], at offset: Int) throws(SystemError) -> Int {
    // `withUnsafeMutableBytes` rethrows untyped, so the result leaves the closure as a value.
    let result = elements.withUnsafeMutableBytes { bytes in
      Result { () throws(SystemError) in try read(into: bytes, at: offset) }
    }
    return try result.get()
  }

  /// Reads up to so many bytes at an offset.
  func bytes(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    // The system call fills the array in place; nothing is written twice.
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(SystemError) {
        filled = try read(
          into: UnsafeMutableRawBufferPointer(
            start: buffer.baseAddress, count: min(count, buffer.count)), at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Writes all bytes.
  func write(_ bytes: [UInt8]) throws(SystemError) {
    // As in `read`: the result leaves the closure as a value.
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(SystemError) in try write(bytes) }
    }
    try result.get()
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      #if canImport(Glibc)
        let count = Glibc.write(
          descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      #elseif canImport(Musl)
        let count = Musl.write(
          descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      #else
        let count = Darwin.write(
          descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .last }
      done += count
    }
  }

  /// Waits until the bytes are on the disk.
  func synchronise() throws(SystemError) {
    // Pipes and some file systems cannot; that is no loss of bytes.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else { throw .last }
  }

  /// Cuts the file to a length.
  func truncate(to count: Int) throws(SystemError) {
    guard ftruncate(descriptor, off_t(count)) == 0 else { throw .last }
  }
}

/// The few questions that jobs ask of a file system.
package enum Files {
  /// What a path leads to.
  package enum Kind { case file, folder, other }

  /// What a path leads to, links followed; nil where there is nothing.
  package static func kind(of path: String) -> Kind? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  /// Whether anything has this path, be it a link that leads nowhere.
  static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether the last component of a path is a symbolic link.
  static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// What two paths to one folder have in common.
  package struct Identity: Hashable {
    let device: UInt
    let number: UInt
  }

  /// The identity of what a path leads to; nil where there is nothing.
  package static func identity(of path: String) -> Identity? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Identity(device: UInt(status.st_dev), number: UInt(status.st_ino))
  }

  /// The names in a folder, sorted by their bytes, without `.` and `..`.
  static func names(in folder: String) throws(SystemError) -> [String] {
    guard let stream = opendir(folder) else { throw .last }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      // C declares the name as an array of fixed length; it ends at its zero.
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// All bytes of a regular file that is not larger than a limit.
  static func contents(of path: String, limit: Int) throws(Failure) -> [UInt8] {
    let count: Int
    let bytes: [UInt8]
    do throws(SystemError) {
      let file = try OpenFile(reading: path)
      count = try file.byteCount()
      bytes = count <= limit ? try file.bytes(at: 0, count: count) : []
    } catch {
      throw error.reading(path)
    }
    guard count <= limit else {
      throw Failure(.content, path, "\(count) bytes; at most \(limit) make sense here")
    }
    return bytes
  }

  /// Makes a folder and those above it.
  static func makeFolder(_ path: String) throws(SystemError) {
    if mkdir(path, 0o777) == 0 { return }
    let reason = SystemError.last
    switch reason.code {
    case EEXIST:
      guard kind(of: path) == .folder else { throw SystemError(code: ENOTDIR) }
    case ENOENT:
      let parent = folder(of: path)
      guard parent != path, !parent.isEmpty else { throw reason }
      try makeFolder(parent)
      guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .last }
    default:
      // A folder above may be closed to us or on a read-only disk while this one is there.
      guard kind(of: path) == .folder else { throw reason }
    }
  }

  /// Everything before the last slash; `.` where there is none.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The bytes that may still be written to the disk of a folder; nil where that is not known.
  static func freeByteCount(at folder: String) -> Int? {
    var path = folder
    while kind(of: path) == nil, path != ".", path != "/" { path = self.folder(of: path) }
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    let (count, overflow) = Int(clamping: UInt(status.f_bavail)).multipliedReportingOverflow(
      by: Int(clamping: UInt(status.f_frsize)))
    return overflow ? Int.max : count
  }
}
