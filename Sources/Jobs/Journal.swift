#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The records of a run while it goes on: lines are added whole and are on the disk when `add` returns.
package struct Journal: ~Copyable {
  private let file: OpenFile
  private let path: String
  private var length: Int

  /// Begins a journal with lines that an earlier run left; they replace the file at once or not at all.
  package init(_ path: String, keeping lines: [ArraySlice<UInt8>]) throws(Failure) {
    let kept = Self.joined(lines)
    try WholeFile.write(kept, to: path)
    self.file = try Self.open(path)
    self.length = kept.count
    self.path = path
  }

  /// Goes on with a journal as it lies there.
  init(continuing path: String) throws(Failure) {
    let file = try Self.open(path)
    length = try Self.length(of: file, path)
    self.file = file
    self.path = path
  }

  private static func length(
    of file: borrowing OpenFile, _ path: String
  ) throws(Failure) -> Int {
    do throws(SystemError) { return try file.byteCount() } catch { throw error.reading(path) }
  }

  private static func open(_ path: String) throws(Failure) -> OpenFile {
    do throws(SystemError) {
      return try OpenFile(writing: path, flags: O_APPEND)
    } catch {
      throw error.writing(path)
    }
  }

  /// Adds lines; where the disk is full, nothing of them stays.
  /// - Returns: the number of bytes.
  package mutating func add(_ records: [String]) throws(Failure) -> Int {
    guard !records.isEmpty else { return 0 }
    let bytes = Array((records.joined(separator: "\n") + "\n").utf8)
    do throws(SystemError) {
      try file.write(bytes)
      try file.synchronise()
    } catch {
      try? file.truncate(to: length)
      throw error.writing(path)
    }
    length += bytes.count
    return bytes.count
  }

  /// The bytes of lines, each ended by a line break.
  static func joined(_ lines: [ArraySlice<UInt8>]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(lines.reduce(0) { $0 + $1.count + 1 })
    for line in lines {
      bytes.append(contentsOf: line)
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }
}
