#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// This program once more, in a process of its own, for what may end a process.
struct ChildProcess {
  /// How a child ended.
  enum End: Equatable {
    /// By itself, with an exit code.
    case code(Int32)
    /// By a signal.
    case signal(Int32)
    /// It took too long and was killed.
    case timeout
  }

  /// Runs this program with other words and collects what it prints.
  /// - Parameters:
  ///   - words: the command line.
  ///   - changes: variables of the environment to set.
  ///   - seconds: how long it may take.
  /// - Returns: its standard output and how it ended; nil where it could not be started.
  static func run(
    _ words: [String], setting changes: [String: String] = [:], seconds: Int
  ) -> (output: [UInt8], end: End)? {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    posix_spawn_file_actions_addclose(&actions, ends[1])
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    var process: pid_t = 0
    let status = withStrings([CommandLine.arguments.first ?? "salient"] + words) { arguments in
      withStrings(environment(changes)) { variables in
        posix_spawn(&process, "/proc/self/exe", &actions, nil, arguments, variables)
      }
    }
    close(ends[1])
    defer { close(ends[0]) }
    guard status == 0 else { return nil }
    let (output, isComplete) = read(ends[0], seconds: seconds)
    if !isComplete { kill(process, SIGKILL) }
    var result: Int32 = 0
    while waitpid(process, &result, 0) < 0, errno == EINTR {}
    guard isComplete else { return (output, .timeout) }
    // The low seven bits hold the signal, the next byte the code: WIFSIGNALED and WEXITSTATUS.
    let signal = result & 0x7f
    return (output, signal == 0 ? .code((result >> 8) & 0xff) : .signal(signal))
  }

  /// Reads until the other end closes, or the time is up.
  private static func read(_ descriptor: Int32, seconds: Int) -> ([UInt8], isComplete: Bool) {
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
      let left = (end - ContinuousClock.now).components.seconds
      guard left >= 0 else { return (output, false) }
      var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
      let ready = poll(&descriptors, 1, Int32(clamping: left * 1000 + 500))
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return (output, false) }
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
      #elseif canImport(Musl)
        let count = Musl.read(descriptor, &buffer, buffer.count)
      #else
        let count = Darwin.read(descriptor, &buffer, buffer.count)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return (output, true) }
      output += buffer[..<count]
    }
  }

  private static func environment(_ changes: [String: String]) -> [String] {
    var variables: [String] = []
    var entry = environ
    while let text = entry.pointee {
      let variable = String(cString: text)
      let name = variable.split(separator: "=", maxSplits: 1).first.map(String.init) ?? ""
      if changes[name] == nil { variables.append(variable) }
      entry += 1
    }
    return variables + changes.map { "\($0.key)=\($0.value)" }.sorted()
  }

  private static func withStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return body(copies + [nil])
  }
}
