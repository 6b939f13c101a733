import FoundationEssentials
import Jobs

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The standard streams, written without buffers of our own.
enum Terminal {
  /// Writes to the standard output.
  ///
  /// Where nobody reads it any more, the text is lost and no more. Where it is a file that cannot
  /// take it, the program ends: what a script asked for would be missing without a word.
  static func say(_ text: String) {
    guard let reason = write(text, to: STDOUT_FILENO) else { return }
    complain("the standard output cannot be written: \(reason); make room, or choose another file")
    exit(Int32(Failure.Kind.inputOutput.rawValue))
  }

  /// Writes one line to the standard error.
  static func note(_ line: String) { _ = write(line + "\n", to: STDERR_FILENO) }

  /// Writes the one line of a failure.
  static func complain(_ line: String) { note("salient: \(line)") }

  /// Writes the one line of a failure.
  static func complain(_ failure: Failure) {
    let isPlain = failure.kind == .interrupted && failure.what == "interrupted"
    complain(isPlain ? "interrupted" : failure.description)
  }

  /// Writes as it is to the standard error.
  static func draw(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// The words of the command line.
  static var commandLine: [String] { CommandLine.arguments }

  /// Ends the process.
  ///
  /// What has not come to its end may leave threads inside of the driver, and they would meet what
  /// the end of a process takes down: PoCL's compiler broke there. Nothing of ours waits for that end.
  static func exit(_ code: Int32) -> Never {
    if code != 0 { _exit(code) }
    #if canImport(Glibc)
      Glibc.exit(code)
    #elseif canImport(Musl)
      Musl.exit(code)
    #else
      Darwin.exit(code)
    #endif
  }

  /// Whether the standard error is a terminal on which a line can be drawn anew.
  static var canRedraw: Bool { isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb" }

  /// The width of the terminal; 80 where it is not known.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
    return Int(size.ws_col)
  }

  /// A variable of the environment.
  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// All bytes of the standard input, at most a gigabyte.
  static func readInput() -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < 1 << 30 {
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return bytes
  }

  /// The folder for the driver's cache, of this program and version alone.
  static func cacheFolder(version: String) -> String { "\(cacheRoot(version: version))/pocl" }

  /// The folder for all caches of this program and version.
  static func cacheRoot(version: String) -> String { "\(cacheBase)/\(version)" }

  /// The folder for what all versions share.
  static var cacheBase: String {
    var base = environment("XDG_CACHE_HOME") ?? ""
    if !base.hasPrefix("/") {
      let home = environment("HOME") ?? ""
      base = home.hasPrefix("/") ? "\(home)/.cache" : FileManager.default.temporaryDirectory.path
    }
    return "\(base)/salient"
  }

  /// The folder that the program lies in; nil where the system does not say.
  static var programFolder: String? {
    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    guard let path, let end = path.lastIndex(of: "/") else { return nil }
    return String(path[..<end])
  }

  /// Removes the compiled kernels of drivers that keep none themselves; measured sizes stay.
  static func removeCompiledPrograms(version: String) {
    try? FileManager.default.removeItem(atPath: "\(cacheRoot(version: version))/programs")
  }

  /// Writes all of a text.
  /// - Returns: why a file cannot take it; nil where it did, or where nobody reads.
  private static func write(_ text: String, to descriptor: Int32) -> String? {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      // The system call takes what it can; the rest starts behind it.
      let count = bytes.withUnsafeBytes { bytes in
        #if canImport(Glibc)
          Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        #elseif canImport(Musl)
          Musl.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        #else
          Darwin.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        #endif
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        return [EPIPE, EBADF].contains(errno) ? nil : String(cString: strerror(errno))
      }
      done += count
    }
    return nil
  }
}
