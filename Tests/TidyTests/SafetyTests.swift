import Testing

/// Where code steps out of what the compiler checks.
enum SafetyRules {
  /// The only files with `@unchecked Sendable`.
  static let unchecked: Set<String> = [
    "Sources/OpenCLRuntime/Owned.swift", "Sources/Models/Files/MappedFile.swift",
  ]

  /// The targets that touch memory by address, each with its reason.
  static let addresses: [String: String] = [
    "Graphs": "weights are decoded into memory of the device",
    "KernelLibrary": "embedded files are bytes in the binary",
    "OpenCLRuntime": "OpenCL is a C interface",
    "OpenCLBackend": "argument structs are passed as bytes",
    "Assets": "embedded files are bytes in the binary",
    "Models": "files are mapped, not read",
    "Imaging": "codecs are a C interface; resampling walks over every pixel",
    "Jobs": "files are written and hashed as bytes",
    "Salient": "the program starts processes of its own",
    "salient-cli": "signals and terminals are C interfaces",
  ]

  /// Escapes from the checks of concurrency: each only where allowed, each with a reason above.
  static func concurrency(_ file: SourceFile) -> [Finding] {
    file.findings { code, index in
      if code.contains("@unchecked") {
        guard unchecked.contains(file.path) else { return "@unchecked Sendable, and not in Owned" }
        return file.hasCommentAbove(index) ? nil : "@unchecked Sendable without its reason above"
      }
      guard let word = escapes.first(where: { code.contains($0) }) else { return nil }
      return file.hasCommentAbove(index) ? nil : "\(word) without its reason above"
    }
  }

  /// Memory reached by address: only in the targets of the table; a block of it has a reason above.
  static func addresses(_ file: SourceFile) -> [Finding] {
    file.findings { code, index in
      guard code.contains("Unsafe") || code.contains("nmanaged") || code.contains("unsafe") else {
        return nil
      }
      let names = code.split { !$0.isPartOfName }.filter(isUnsafe)
      guard let name = names.first else { return nil }
      let target = file.target ?? ""
      guard addresses[target] != nil || file.path.hasPrefix("Tests/") else {
        return "\(name): \(target) does not touch memory by address"
      }
      // In these two the type is the reason.
      guard opensBlock(code), !unchecked.contains(file.path), !file.path.hasPrefix("Tests/") else {
        return nil
      }
      return file.hasReason(index) ? nil : "\(name) without its reason above"
    }
  }

  /// Words that end the process, or put work off.
  static func endings(_ file: SourceFile) -> [Finding] {
    var findings = file.findings { code, _ in
      fatal.first { code.mentions($0) }.map { "\($0) ends the process: throw, or precondition" }
    }
    for (index, line) in file.lines.enumerated() {
      if let word = leftovers.first(where: { line.mentions($0) }) {
        findings.append(Finding(file.path, line: index + 1, "\(word) belongs into an issue"))
      }
    }
    return findings
  }

  private static let escapes = ["nonisolated(unsafe)", "@preconcurrency", "assumeIsolated"]
  private static let fatal = ["try!", "as!", "fatalError", "abort(", "unsafelyUnwrapped"]
  // In two parts, so that the table does not find itself.
  private static let leftovers = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]

  private static func isUnsafe(_ name: Substring) -> Bool {
    name.hasPrefix("Unsafe") || name.hasPrefix("withUnsafe") || name.hasPrefix("unsafe")
      || name == "Unmanaged"
  }

  /// Whether the line makes or opens memory, and does not only name a type or pass a view on.
  private static func opensBlock(_ code: String) -> Bool {
    let makers = ["withUnsafe", "unsafeBitCast(", "Unmanaged.", ".allocate(", "unsafeDowncast("]
    return makers.contains { code.contains($0) }
      || code.contains("Pointer(start:") || code.contains("Pointer(mutating:")
      || code.contains("Pointer(bitPattern:")
  }
}

extension SourceFile {
  /// Whether a comment stands above the statement of this line, counted from 0.
  ///
  /// Above the statement means above its first line: lines that end with an open bracket, an
  /// operator or a comma go on below.
  func hasReason(_ index: Int) -> Bool {
    var first = index
    while first > 0, Self.goesOn(code[first - 1], code[first]) { first -= 1 }
    return hasCommentAbove(first)
  }

  private static func goesOn(_ line: String, _ next: String) -> Bool {
    let end = line.last { $0 != " " }
    if let end, "(,=?:+&|".contains(end) { return true }
    let start = next.drop { $0 == " " }
    return [".", "?", ":", "&&", "||", "??", "else"].contains { start.hasPrefix($0) }
  }
}

@Suite("Nothing steps out of the compiler's checks without a reason")
struct SafetyTests {
  private let files = SourceTree.swift(in: "Sources") + SourceTree.swift(in: "Tests")

  @Test("@unchecked Sendable stands in Owned and MappedFile only; every escape has its reason")
  func escapesHaveReasons() {
    let findings = files.flatMap { SafetyRules.concurrency($0) }
    #expect(findings.isEmpty, "\(findings.list)")
    for path in SafetyRules.unchecked { #expect(SourceTree.file(path) != nil, "\(path)") }
  }

  @Test("memory is reached by address only in the targets that must, each block with its reason")
  func addressesHaveReasons() {
    let findings = files.flatMap { SafetyRules.addresses($0) }
    #expect(findings.isEmpty, "\(findings.list)")
    #expect(Set(SafetyRules.addresses.keys).isSubset(of: Arrows.direct.keys))
  }

  @Test("nothing ends the process, and no work is put off in a comment")
  func nothingEndsTheProcess() {
    let kernels = SourceTree.files.filter(\.isKernel)
    let findings = (files + kernels).flatMap { SafetyRules.endings($0) }
    #expect(findings.isEmpty, "\(findings.list)")
  }

  @Test(
    "an escape is found",
    arguments: [
      ("Graphs/A.swift", "// why\nfinal class A: @unchecked Sendable {", [2]),
      ("OpenCLRuntime/Owned.swift", "\nfinal class Owned: @unchecked Sendable {", [2]),
      ("OpenCLRuntime/Owned.swift", "/// Why.\nfinal class Owned: @unchecked Sendable {", []),
      ("OpenCLRuntime/A.swift", "\nnonisolated(unsafe) let a = 1", [2]),
      ("OpenCLRuntime/A.swift", "// why\n@preconcurrency import A\n@preconcurrency import B", [3]),
    ])
  func escapeIsFound(path: String, text: String, lines: [Int]) {
    let file = SourceFile(path: "Sources/\(path)", text: text)
    #expect(SafetyRules.concurrency(file).map(\.line) == lines)
  }

  @Test(
    "memory by address is found",
    arguments: [
      ("Saliency", "func f(_ p: UnsafePointer<Int>) {}", [1]),
      ("Models", "func f(_ p: UnsafePointer<Int>) {}", []),
      ("Models", "a.withUnsafeBytes { _ in }", [1]),
      ("Models", "// why\na.withUnsafeBytes { _ in }\na.withUnsafeBytes { _ in }", [3]),
      ("Models", "// why\nlet a = f(\n  x,\n  UnsafeRawPointer(mutating: p))", []),
      ("Models", "let a = UnsafeRawBufferPointer(rebasing: p[1...])", []),
      ("Models", "let a = UnsafeMutablePointer<Int>.allocate(capacity: 1)", [1]),
      ("Models", "let a = Unmanaged.passRetained(b)", [1]),
    ])
  func addressIsFound(target: String, text: String, lines: [Int]) {
    let file = SourceFile(path: "Sources/\(target)/A.swift", text: text)
    #expect(SafetyRules.addresses(file).map(\.line) == lines)
  }

  @Test(
    "what ends the process is found",
    arguments: ["try! f()", "x as! Int", "fatalError()", "abort()", "a.unsafelyUnwrapped"])
  func endingIsFound(line: String) {
    let file = SourceFile(path: "Sources/Graphs/A.swift", text: "// try! as!\n\(line)")
    #expect(SafetyRules.endings(file).map(\.line) == [2])
    let later = SourceFile(path: "Kernels/ops/a.cl", text: "// TO" + "DO: faster")
    #expect(SafetyRules.endings(later).map(\.line) == [1])
  }
}
