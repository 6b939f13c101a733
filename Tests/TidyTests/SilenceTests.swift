import Testing

/// What only the executable may do.
enum SilenceRules {
  /// The files that may use a word all the same, each with its reason.
  static let allowed: [String: [String: String]] = [
    "Sources/OpenCLRuntime/DriverCache.swift": [
      "setenv(": "PoCL takes its cache folder from the environment alone"
    ],
    "Sources/COpenCL/copencl.c": ["snprintf(": "writes into a buffer of the caller"],
    "Sources/CImageCodecs/jpeg_codec.c": ["snprintf(": "writes into a buffer of the caller"],
    "Sources/CImageCodecs/limits.c": ["snprintf(": "writes into a buffer of the caller"],
    "Sources/CImageCodecs/png_codec.c": ["snprintf(": "writes into a buffer of the caller"],
  ]

  /// Printing, signals, the environment and the end of the process, in library targets.
  static func silence(_ file: SourceFile) -> [Finding] {
    guard let target = file.target, file.path.hasPrefix("Sources/"), target != "salient-cli" else {
      return []
    }
    return file.findings { code, _ in
      let word = words.first { word in
        code.mentions(word) && allowed[file.path]?[word] == nil
      }
      return word.map { "\($0) is for the executable alone" }
    }
  }

  /// State that all parts of a program share.
  static func globals(_ file: SourceFile) -> [Finding] {
    guard file.isSwift, file.path.hasPrefix("Sources/") else { return [] }
    return file.findings { code, _ in
      if code.contains("@TaskLocal") { return "a task local is a global" }
      let words = code.split { $0 == " " }
      let isStatic = words.contains("static")
      let isTop = code.first.map { $0 != " " } ?? false
      guard isStatic || isTop else { return nil }
      if words.contains("var"), !code.contains("{"), code.contains("=") {
        return "a variable that everybody shares"
      }
      let isShared = ["Mutex(", "Mutex<", "Atomic<", "Atomic(", "NSLock("]
        .contains { code.contains($0) }
      return words.contains("let") && isShared ? "state that everybody shares" : nil
    }
  }

  private static let words = [
    "print(", "debugPrint(", "dump(", "printf(", "fprintf(", "snprintf(", "puts(", "fputs(",
    "perror(", "stdout", "stderr", "STDOUT_FILENO", "STDERR_FILENO", "standardOutput",
    "standardError", "getenv", "secure_getenv", "setenv(", "unsetenv(", "putenv(", "environ",
    "ProcessInfo", "CommandLine", "signal(", "sigaction", "makeSignalSource", "exit(", "_exit(",
    "NSLog(", "syslog(",
  ]
}

@Suite("Libraries are silent and hold no state of their own")
struct SilenceTests {
  private let sources = SourceTree.files.filter { $0.path.hasPrefix("Sources/") }

  @Test("no library prints, reads the environment or signals, or ends the process")
  func librariesAreSilent() {
    let findings = sources.flatMap { SilenceRules.silence($0) }
    #expect(findings.isEmpty, "\(findings.list)")
    #expect(sources.count > 150)
    for path in SilenceRules.allowed.keys { #expect(SourceTree.file(path) != nil, "\(path)") }
  }

  @Test("nothing changeable is global")
  func nothingIsGlobal() {
    let findings = sources.flatMap { SilenceRules.globals($0) }
    #expect(findings.isEmpty, "\(findings.list)")
  }

  @Test(
    "a library that speaks is found",
    arguments: [
      "print(x)", "fputs(text, stderr)", "let home = getenv(name)", "FileHandle.standardError",
      "signal(SIGINT, SIG_IGN)", "exit(1)", "ProcessInfo.processInfo.environment",
      "setenv(a, b, 1)",
    ])
  func speakingLibraryIsFound(line: String) {
    let text = "// print(\nlet s = \"print(\"\n\(line)"
    let library = SourceFile(path: "Sources/Jobs/A.swift", text: text)
    #expect(SilenceRules.silence(library).map(\.line) == [3])
    let executable = SourceFile(path: "Sources/salient-cli/A.swift", text: text)
    #expect(SilenceRules.silence(executable).isEmpty)
    let c = SourceFile(path: "Sources/COpenCL/a.c", text: "printf(s);")
    #expect(SilenceRules.silence(c).map(\.line) == [1])
  }

  @Test(
    "a global is found, a constant or a computed value is not",
    arguments: [
      ("var current = Device()", true), ("  static var shared = Cache()", true),
      ("private let cache = Mutex<[Int]>([])", true), ("  static let turn = Atomic<Int>(0)", true),
      ("  @TaskLocal static var backend: Backend?", true),
      ("  static var name: String { \"a\" }", false), ("  static let name = \"a\"", false),
      ("  private let state = Mutex(0)", false), ("  var count = 0", false),
    ])
  func globalIsFound(line: String, isGlobal: Bool) {
    let file = SourceFile(path: "Sources/Jobs/A.swift", text: line)
    #expect(SilenceRules.globals(file).isEmpty == !isGlobal)
  }
}
