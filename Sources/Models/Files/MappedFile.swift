#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file as read-only bytes: small files are copied, large ones mapped.
///
/// A copy cannot change under us. A map costs no memory before it is read; it must not be truncated
/// by another program meanwhile.
///
/// Sendable: the bytes are written once, before `init` returns, and freed in `deinit` alone.
public final class MappedFile: @unchecked Sendable {
  /// The path as the user wrote it, for errors.
  public let path: String

  /// The bytes; valid as long as the file object lives.
  let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Files up to so many bytes are copied.
  static let largestCopy = 4 << 20

  /// Opens a file.
  /// - Throws: `ModelError.missing` or `.unreadable`.
  public convenience init(_ path: String) throws(ModelError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.openingError(path, errno) }
    try self.init(descriptor: descriptor, path: path)
  }

  /// Bytes that are in memory already, under the name that errors give them.
  public init(copying content: [UInt8], name: String) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 16)
    buffer.copyBytes(from: content)
    self.path = name
    self.bytes = UnsafeRawBufferPointer(buffer)
    self.isMapped = false
  }

  /// Takes an open file over and closes it.
  init(descriptor: Int32, path: String) throws(ModelError) {
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.openingError(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw .unreadable(path: path, reason: isFolder ? "a folder" : "not a regular file")
    }
    let size = Int(status.st_size)
    self.path = path
    if size > Self.largestCopy {
      guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
        start != MAP_FAILED
      else { throw .unreadable(path: path, reason: "mapping failed (\(Self.text(errno)))") }
      self.bytes = UnsafeRawBufferPointer(start: start, count: size)
      self.isMapped = true
    } else {
      self.bytes = try Self.copy(descriptor, size, path)
      self.isMapped = false
    }
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    } else {
      bytes.deallocate()
    }
  }

  /// The number of bytes.
  public var count: Int { bytes.count }

  /// All bytes as a slice.
  public var slice: ByteSlice { ByteSlice(file: self, range: 0..<count) }

  private static func copy(
    _ descriptor: Int32, _ size: Int, _ path: String
  ) throws(ModelError) -> UnsafeRawBufferPointer {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    var filled = 0
    while filled < size {
      let count = read(descriptor, buffer.baseAddress.map { $0 + filled }, size - filled)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let reason = count == 0 ? "it shrank while it was read" : text(errno)
        buffer.deallocate()
        throw .unreadable(path: path, reason: reason)
      }
      filled += count
    }
    return UnsafeRawBufferPointer(buffer)
  }

  static func openingError(_ path: String, _ code: Int32) -> ModelError {
    switch code {
    case ENOENT, ENOTDIR: .missing(path: path)
    default: .unreadable(path: path, reason: text(code))
    }
  }

  /// What the system calls an error number.
  static func text(_ code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
  }
}

/// Some bytes of a file.
public struct ByteSlice: Sendable {
  /// The file.
  public let file: MappedFile
  /// Which of its bytes; always inside the file.
  public let range: Range<Int>

  /// A slice of a file.
  /// - Precondition: the range lies inside the file.
  public init(file: MappedFile, range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= file.count)
    self.file = file
    self.range = range
  }

  /// The number of bytes.
  public var count: Int { range.count }

  /// The byte at an offset from the start of the slice.
  /// - Precondition: `0 <= offset < count`.
  public subscript(offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < count)
    return file.bytes[range.lowerBound + offset]
  }

  /// A part of the slice, or nil where it would reach outside; offsets may be any numbers.
  public func part(offset: Int, count: Int) -> ByteSlice? {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else {
      return nil
    }
    let start = range.lowerBound + offset
    return ByteSlice(file: file, range: start..<start + count)
  }

  /// A little-endian number at an offset from the start of the slice.
  /// - Precondition: it lies inside the slice.
  public func integer<Number: FixedWidthInteger>(
    at offset: Int, as type: Number.Type = Number.self
  ) -> Number {
    precondition(offset >= 0 && offset <= count - MemoryLayout<Number>.size)
    return Number(
      littleEndian: file.bytes.loadUnaligned(fromByteOffset: range.lowerBound + offset, as: type))
  }

  /// The bytes as text; what is not UTF-8 is replaced.
  public var text: String {
    String(decoding: UnsafeRawBufferPointer(rebasing: file.bytes[range]), as: UTF8.self)
  }

  /// Whether the slice begins with these bytes.
  public func starts(with prefix: [UInt8]) -> Bool {
    count >= prefix.count && prefix.indices.allSatisfy { self[$0] == prefix[$0] }
  }
}
