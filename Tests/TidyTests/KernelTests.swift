import Foundation
import Testing

/// What every file of `Kernels/` must be.
enum KernelRules {
  /// The paths that `Sources/CKernels/kernels.def` embeds, in its order.
  static func embedded(by table: SourceFile) -> [String] {
    let start = "#define EMBED \"../../Kernels/"
    return table.lines.filter { $0.hasPrefix(start) && $0.hasSuffix("\"") }
      .map { String($0.dropFirst(start.count).dropLast()) }
  }

  /// Characters beyond ASCII; drivers vary in what they make of them.
  static func encoding(_ file: SourceFile) -> [Finding] {
    file.lines.enumerated().filter { !$0.element.utf8.allSatisfy { $0 < 128 } }
      .map { Finding(file.path, line: $0.offset + 1, "not ASCII") }
  }

  /// Words that let a compiler change results, or let work-items add in any order.
  static func arithmetic(_ file: SourceFile) -> [Finding] {
    file.findings { code, _ in
      if let word = forbidden.first(where: { code.mentions($0) }) { return "\(word) is not exact" }
      let called = code.split { !$0.isPartOfName && $0 != "(" }
        .first { part in part.contains("(") && prefixes.contains { part.hasPrefix($0) } }
      return called.map { "\($0.prefix { $0 != "(" }): no approximations and no atomics" }
    }
  }

  /// Compiler options that trade exactness for speed, in any file that could pass them.
  static func options(_ file: SourceFile) -> [Finding] {
    file.lines.enumerated().compactMap { index, line in
      inexactOptions.first { line.contains($0) }
        .map { Finding(file.path, line: index + 1, "\($0) changes results") }
    }
  }

  /// The first line of `ops/relu.cl` starts with `// relu: `.
  static func stem(_ file: SourceFile) -> [Finding] {
    let stem = file.name.dropLast(3)
    guard file.path.hasPrefix("Kernels/ops/"), file.lines.first?.hasPrefix("// \(stem): ") != true
    else { return [] }
    return [Finding(file.path, line: 1, "must start with the equation: // \(stem): ...")]
  }

  /// Whether a host specialises the kernels of a file, or of one that it includes, by defines.
  static func takesDefines(_ file: SourceFile, among files: [String: SourceFile]) -> Bool {
    file.lines.contains { $0.hasPrefix("#ifndef ") && !$0.contains("_CLH") }
      || included(by: file).compactMap { files[$0] }
        .contains { takesDefines($0, among: files) }
  }

  /// What a file includes, relative to `Kernels/`.
  static func included(by file: SourceFile) -> [String] {
    file.lines.filter { $0.hasPrefix("#include \"") }.map { String($0.dropFirst(10).dropLast()) }
  }

  private static let forbidden = ["mad(", "FP_CONTRACT ON", "cl_khr_fp16", "half("]
  private static let prefixes = ["native_", "half_", "fast_", "atomic", "atom_"]

  // In two parts, so that the table does not find itself.
  private static let inexactOptions = [
    "-cl-" + "fast-relaxed-math", "-cl-" + "unsafe-math-optimizations", "-cl-" + "mad-enable",
    "-cl-" + "finite-math-only", "-cl-" + "no-signed-zeros", "-cl-" + "denorms-are-zero",
    "-f" + "fast-math",
  ]
}

@Suite("Kernels are portable and exact")
struct KernelTests {
  private let kernels = SourceTree.files.filter(\.isKernel)

  @Test("the table of embedded files is the folder Kernels, sorted")
  func tableIsTheFolder() throws {
    let table = try #require(SourceTree.file("Sources/CKernels/kernels.def"))
    let folder = SourceTree.paths.filter { $0.hasPrefix("Kernels/") }.map { $0.dropFirst(8) }
    #expect(KernelRules.embedded(by: table) == folder.map(String.init))
    #expect(table.lines.count { $0 == "#include \"entry.inc\"" } == folder.count)
  }

  @Test("every kernel is ASCII, exact, without atomics, and starts with its equation")
  func kernelsObeyTheRules() {
    let findings = kernels.flatMap {
      KernelRules.encoding($0) + KernelRules.arithmetic($0) + KernelRules.stem($0)
    }
    #expect(findings.isEmpty, "\(findings.list)")
    #expect(kernels.count > 60)
  }

  @Test("a kernel file is in one set, unless it is specialised by defines")
  func setsHoldWhatIsNotSpecialised() {
    let files = Dictionary(
      uniqueKeysWithValues: kernels.map { (String($0.path.dropFirst(8)), $0) })
    let kernels = files.filter { $0.key.hasPrefix("ops/") || $0.key.hasPrefix("layout/") }
    let plain = kernels.filter { !KernelRules.takesDefines($0.value, among: files) }
    let sets = files.filter { $0.key.hasPrefix("sets/") }
      .map { KernelRules.included(by: $0.value) }
    #expect(sets.flatMap { $0 }.sorted() == plain.keys.sorted())
    #expect(sets.allSatisfy { $0 == $0.sorted() })
    #expect(plain.count > 50 && plain.count < kernels.count)
  }

  @Test("no file passes an option that makes arithmetic inexact")
  func noInexactOptions() {
    let findings = SourceTree.files.flatMap { KernelRules.options($0) }
    #expect(findings.isEmpty, "\(findings.list)")
  }

  @Test("every kernel file compiles alone, without a define of the host and without a warning")
  func kernelsCompileAlone() throws {
    let compiler = try #require(Self.clang(), "the Swift toolchain has a clang")
    // A set is no kernel of its own; that it builds is shown on a device.
    let files = kernels.filter { $0.path.hasSuffix(".cl") && !$0.path.contains("/sets/") }
    #expect(files.count > 50)
    for file in files {
      let log = try Self.log(of: file.path, in: SourceTree.root, compiler)
      #expect(log.isEmpty, "\(file.path)\n\(log)")
    }
  }

  @Test("a kernel that counts on a define, or warns, is found")
  func dependentKernelIsFound() throws {
    let compiler = try #require(Self.clang(), "the Swift toolchain has a clang")
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for body in ["y[0] = TILE;", "int unused = 1; y[0] = 0.0f;"] {
      try Data("kernel void f(global float *y) { \(body) }\n".utf8)
        .write(to: folder.appending(path: "a.cl"))
      #expect(try Self.log(of: "a.cl", in: folder, compiler).contains("error"), "\(body)")
    }
  }

  @Test(
    "an inexact kernel is found",
    arguments: [
      ("y = mad(a, b, c);", "mad( is not exact"),
      ("y = native_exp(x);", "native_exp: no approximations and no atomics"),
      ("y = half_recip(x);", "half_recip: no approximations and no atomics"),
      ("atomic_add(p, 1);", "atomic_add: no approximations and no atomics"),
      ("#pragma OPENCL FP_CONTRACT ON", "FP_CONTRACT ON is not exact"),
    ])
  func inexactKernelIsFound(line: String, what: String) {
    let file = SourceFile(path: "Kernels/ops/a.cl", text: "// a: y = x\n// atomic\n\(line)\n")
    #expect(KernelRules.arithmetic(file) == [Finding(file.path, line: 3, what)])
    #expect(KernelRules.stem(file).isEmpty)
  }

  @Test("a dash beyond ASCII, a wrong stem, a fast option and a wrong table are found")
  func otherFaultsAreFound() {
    let file = SourceFile(path: "Kernels/ops/b.cl", text: "// a: y = x \u{2013} 1\n")
    #expect(KernelRules.encoding(file) == [Finding(file.path, line: 1, "not ASCII")])
    #expect(KernelRules.stem(file).map(\.line) == [1])
    let option = "let options = \"-cl-" + "mad-enable\""
    #expect(KernelRules.options(SourceFile(path: "a.swift", text: option)).map(\.line) == [1])
    let table = SourceFile(
      path: "kernels.def", text: "#define EMBED \"../../Kernels/a.cl\"\n#include \"entry.inc\"\n")
    #expect(KernelRules.embedded(by: table) == ["a.cl"])
  }

  /// The clang beside the `swift` of the search path.
  private static func clang() -> URL? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { URL(filePath: "\($0)/swift").resolvingSymlinksInPath() }
      .map { $0.deletingLastPathComponent().appending(path: "clang") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  /// What the compiler says of a kernel file, in a folder laid out as the package.
  private static func log(of path: String, in folder: URL, _ compiler: URL) throws -> String {
    let process = Process()
    process.executableURL = compiler
    process.currentDirectoryURL = folder
    process.arguments =
      ["-x", "cl", "-cl-std=CL1.2", "-Xclang", "-finclude-default-header", "-fsyntax-only"]
      + ["-Wall", "-Wextra", "-Werror", "-I", "Kernels", path]
    let pipe = Pipe()
    process.standardError = pipe
    try process.run()
    let log = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = String(decoding: log, as: UTF8.self)
    return process.terminationStatus == 0 ? text : "error: \(text)"
  }
}
