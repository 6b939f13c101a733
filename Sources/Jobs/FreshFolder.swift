#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder for a set of files that belong together: new, empty, or emptied of an earlier set.
public struct FreshFolder: Sendable {
  /// The path, as the user wrote it.
  public let path: String
  /// Whether an earlier set is removed, and not refused.
  public let overwrites: Bool

  /// A folder; nothing is touched.
  public init(_ path: String, overwrites: Bool) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    self.overwrites = overwrites
  }

  /// The path of a file, given relative to the folder.
  public func file(_ relative: String) -> String { "\(path)/\(relative)" }

  /// The bytes that the disk of the folder has left; nil where that is not known.
  public var freeByteCount: Int? { Files.freeByteCount(at: path) }

  /// Makes a folder inside of it.
  /// - Throws: `Failure` where that is not possible.
  public func makeFolder(_ relative: String) throws(Failure) {
    do throws(SystemError) {
      try Files.makeFolder(file(relative))
    } catch {
      throw error.writing(file(relative))
    }
  }

  /// The first bytes of a file inside of it; nil where there is no such file.
  /// - Throws: `Failure` where it cannot be read.
  public func beginning(of relative: String, byteCount: Int) throws(Failure) -> [UInt8]? {
    guard Files.kind(of: file(relative)) == .file else { return nil }
    do throws(SystemError) {
      return try OpenFile(reading: file(relative)).bytes(at: 0, count: byteCount)
    } catch {
      throw error.reading(file(relative))
    }
  }

  /// Refuses a folder that holds anything, where nobody says that it may be replaced.
  /// - Throws: `Failure` naming `--overwrite` and a free name.
  public func check() throws(Failure) {
    switch Files.kind(of: path) {
    case nil: return
    case .folder: break
    default:
      throw Failure(.inputOutput, path, "is not a folder", try: "choose another one with -o")
    }
    let names: [String]
    do throws(SystemError) {
      names = try Files.names(in: path)
    } catch {
      throw error.writing(path)
    }
    guard !overwrites, !names.isEmpty else { return }
    let free = OutputFolder(path, mode: .fresh).freeName
    throw Failure(
      .usage, "-o \(path)", "is not empty",
      try: "replace what is there with --overwrite, or write to -o \(free)")
  }

  /// Makes the folder, locks it, and removes the files of an earlier set.
  ///
  /// Links are not followed, and folders that hold anything else stay.
  /// - Parameters:
  ///   - folders: the sub-folders in which files of a set may lie.
  ///   - belongs: whether a file belongs to a set, given its name and the sub-folder or nil.
  /// - Returns: the lock; the folder is this process's own as long as it lives.
  /// - Throws: `Failure` where it cannot be written or another process works in it.
  public func take(
    folders: [String], where belongs: (_ name: String, _ folder: String?) -> Bool
  ) throws(Failure) -> TakenFolder {
    try check()
    do throws(SystemError) {
      try Files.makeFolder(path)
    } catch {
      throw error.writing(path)
    }
    let taken = try TakenFolder(path)
    for name in (try? Files.names(in: path)) ?? [] where belongs(name, nil) { unlink(file(name)) }
    for folder in folders {
      let place = file(folder)
      guard Files.kind(of: place) == .folder, !Files.isLink(place) else { continue }
      for name in (try? Files.names(in: place)) ?? [] where belongs(name, folder) {
        unlink("\(place)/\(name)")
      }
      // `rmdir` refuses folders that hold anything.
      rmdir(place)
    }
    return taken
  }
}
