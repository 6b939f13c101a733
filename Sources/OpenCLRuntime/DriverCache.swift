import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The folder in which PoCL keeps compiled kernels, made safe before PoCL sees it.
///
/// PoCL does not survive a bad cache. Measured with 3.1: an empty `.so` ends the process with
/// SIGABRT, a truncated one with SIGBUS, an empty `program.bc` with SIGSEGV, a full disk with
/// exit(1); in an unwritable folder PoCL has no devices. So we give it a folder of our own, one per
/// version, and look first. Other drivers do not use the folder.
public struct DriverCache: Hashable, Sendable {
  /// The folder; it holds a marker file that says whose it is.
  public let folder: String

  /// The file that marks a folder as ours.
  ///
  /// Nothing is removed in a folder without it.
  static let marker = ".salient-cache"

  /// Names the folder and touches nothing.
  ///
  /// - Parameter folder: an absolute path that belongs to this program and version alone, such as
  ///   `~/.cache/salient/1.0.0/pocl` spelled out. It need not exist.
  public init(folder: String) { self.folder = folder }

  /// Prepares the folder and makes it the cache of PoCL in this process.
  ///
  /// Call it once, before the first OpenCL call and before other threads run: it sets an
  /// environment variable. Several processes can share a folder.
  /// - Parameter minimumFreeByteCount: what the file system must have left.
  /// - Returns: the damaged files that were removed, relative to the folder.
  /// - Throws: `cacheUnusable`.
  @discardableResult
  public func activate(
    minimumFreeByteCount: Int = 128 << 20
  ) throws(OpenCLError) -> [String] {
    let removed = try prepare(minimumFreeByteCount: minimumFreeByteCount)
    guard setenv("POCL_CACHE_DIR", folder, 1) == 0 else {
      throw unusable("cannot be passed on: \(Self.reason())", "free some memory")
    }
    return removed
  }

  /// Does all of `activate` except telling PoCL.
  ///
  /// - Parameter minimumFreeByteCount: what the file system must have left.
  /// - Returns: the damaged files that were removed, relative to the folder.
  /// - Throws: `cacheUnusable`.
  public func prepare(minimumFreeByteCount: Int = 128 << 20) throws(OpenCLError) -> [String] {
    guard folder.hasPrefix("/") else {
      throw unusable("is not an absolute path", "give the whole path")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw unusable("cannot be made: \(Self.reason(mkdir(folder, 0o700)))", Self.moveIt)
    }
    try claim()
    try checkWritable()
    try checkFreeSpace(minimumFreeByteCount)
    return try removeDamage()
  }

  /// Removes everything that PoCL has put into the folder; no process may be using it.
  ///
  /// - Throws: `cacheUnusable`, also for a folder that is not ours. A missing folder is fine.
  public func clear() throws(OpenCLError) {
    let manager = FileManager.default
    guard manager.fileExists(atPath: folder) else { return }
    guard manager.fileExists(atPath: path(Self.marker)) else { throw notOurs }
    for name in (try? manager.contentsOfDirectory(atPath: folder)) ?? [] where name != Self.marker {
      do {
        try manager.removeItem(atPath: path(name))
      } catch {
        throw unusable("cannot be emptied: \(name) stays", "remove the folder by hand")
      }
    }
  }

  // MARK: - Checks

  /// Puts our marker into a new or empty folder; refuses a folder with somebody else's files.
  private func claim() throws(OpenCLError) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    if names.contains(Self.marker) { return }
    guard names.isEmpty else { throw notOurs }
    let file = open(path(Self.marker), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw unusable("cannot be written: \(Self.reason())", Self.moveIt) }
    close(file)
  }

  /// Writes a file and removes it: permissions alone do not tell, nor does a disk that is full.
  private func checkWritable() throws(OpenCLError) {
    let probe = path(".probe-\(getpid())")
    let file = open(probe, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw unusable("cannot be written: \(Self.reason())", Self.moveIt) }
    let bytes = [UInt8](repeating: 0, count: 4096)
    let written = write(file, bytes, bytes.count)
    let reason = Self.reason()
    close(file)
    unlink(probe)
    guard written == bytes.count else {
      throw unusable("cannot be written: \(reason)", Self.moveIt)
    }
  }

  private func checkFreeSpace(_ minimum: Int) throws(OpenCLError) {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return }
    let (free, isHuge) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
      by: Int(clamping: status.f_frsize))
    guard isHuge || free >= minimum else {
      throw unusable(
        "has \(free >> 20) MiB of free space and needs \(minimum >> 20)",
        "free some, or set XDG_CACHE_HOME to a folder on another file system")
    }
  }

  // MARK: - Errors

  private static let moveIt = "make it writable, or set XDG_CACHE_HOME to a folder you can write"

  private var notOurs: OpenCLError {
    unusable("holds files that are not ours", "choose an empty or a new folder")
  }

  func unusable(_ problem: String, _ remedy: String) -> OpenCLError {
    .cacheUnusable(folder: folder, problem: problem, remedy: remedy)
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// The system's words for the last error; the argument is only there to be evaluated first.
  static func reason(_ result: CInt = 0) -> String { String(cString: strerror(errno)) }
}
