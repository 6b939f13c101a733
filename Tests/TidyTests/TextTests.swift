import Foundation
import Testing

/// The form of files, and what they say about places.
enum TextRules {
  /// More lines than this want a reason.
  static let lineLimit = 400

  /// Where a reason must stand, and how it starts.
  static let reason = (lines: 5, start: "// Long because ")

  /// Files that are too long to be read at once and do not say why.
  static func length(_ file: SourceFile) -> [Finding] {
    guard file.lines.count > lineLimit,
      !file.lines.prefix(reason.lines).contains(where: { $0.hasPrefix(reason.start) })
    else { return [] }
    return [
      Finding(
        file.path, "\(file.lines.count) lines; split it, or start it with \"\(reason.start)...\"")
    ]
  }

  /// Folders of a developer's machine.
  static func places(_ file: SourceFile) -> [Finding] {
    file.lines.enumerated().compactMap { index, line in
      machines.first { line.contains($0) }
        .map { Finding(file.path, line: index + 1, "\($0) exists on one machine only") }
    }
  }

  /// Documents named anywhere, `formats.md`, that the package does not have.
  static func documents(_ file: SourceFile, names: Set<String>) -> [Finding] {
    file.lines.enumerated().flatMap { index, line in
      line.split { !$0.isPartOfName && !"-.".contains($0) }
        .map { $0.hasSuffix(".") ? $0.dropLast() : $0 }
        .filter { $0.hasSuffix(".md") && $0.count > 3 && !names.contains(String($0)) }
        .map { Finding(file.path, line: index + 1, "\($0) is not part of the package") }
    }
  }

  // In two parts, so that the table does not find itself.
  private static let machines = [
    "/wo" + "rk/", "/tmp/" + "wt", "/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/", "sha" + "red/",
  ]
}

/// The links of a Markdown file.
struct MarkdownLinks {
  /// The paths of all files and folders of the package.
  let paths: Set<String>
  /// The headings of each Markdown file, as anchors.
  let anchors: [String: Set<String>]

  init(files: [SourceFile], paths: [String]) {
    var all: Set<String> = []
    for path in paths {
      var parts = path.split(separator: "/")
      while !parts.isEmpty {
        all.insert(parts.joined(separator: "/"))
        parts.removeLast()
      }
    }
    self.paths = all
    anchors = Dictionary(
      uniqueKeysWithValues: files.filter { $0.path.hasSuffix(".md") }
        .map { ($0.path, Set(Self.headings(of: $0).map(Self.anchor))) })
  }

  /// Links that lead nowhere.
  func findings(_ file: SourceFile) -> [Finding] {
    Self.prose(of: file).flatMap { index, line in
      Self.targets(in: line).compactMap { target -> Finding? in
        guard !target.hasPrefix("https://"), !target.hasPrefix("mailto:") else { return nil }
        return problem(with: target, in: file.path).map {
          Finding(file.path, line: index + 1, "\(target) \($0)")
        }
      }
    }
  }

  private func problem(with target: String, in source: String) -> String? {
    if target.hasPrefix("http://") { return "is not encrypted" }
    let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    var path = source
    if let name = parts.first, !name.isEmpty {
      guard let resolved = Self.resolve(String(name), from: source) else {
        return "leads out of the package"
      }
      guard paths.contains(resolved) else { return "does not exist" }
      path = resolved
    }
    guard parts.count == 2, let known = anchors[path] else { return nil }
    return known.contains(String(parts[1])) ? nil : "names no heading"
  }

  /// A relative path from the folder of a file; nil above the root.
  private static func resolve(_ target: String, from source: String) -> String? {
    guard !target.hasPrefix("/") else { return nil }
    var parts = source.split(separator: "/").dropLast().map(String.init)
    for part in target.split(separator: "/") where part != "." {
      guard part == ".." else {
        parts.append(String(part))
        continue
      }
      guard !parts.isEmpty else { return nil }
      parts.removeLast()
    }
    return parts.joined(separator: "/")
  }

  /// The lines outside of code, by their place counted from 0.
  private static func prose(of file: SourceFile) -> [(Int, String)] {
    var isCode = false
    return file.lines.enumerated().compactMap { index, line in
      if line.drop(while: { $0 == " " }).hasPrefix("```") {
        isCode.toggle()
        return nil
      }
      return isCode ? nil : (index, line)
    }
  }

  private static func headings(of file: SourceFile) -> [String] {
    prose(of: file).map(\.1).filter { $0.hasPrefix("#") }
      .map { String($0.drop { $0 == "#" }).trimmingCharacters(in: .whitespaces) }
  }

  /// The anchor of a heading: lower case, dashes for spaces, other punctuation dropped.
  private static func anchor(_ heading: String) -> String {
    String(heading.lowercased().filter { $0.isPartOfName || $0 == " " || $0 == "-" })
      .replacingOccurrences(of: " ", with: "-")
  }

  /// The targets of `[text](target)` and `![text](target)`, outside of code between backticks.
  private static func targets(in line: String) -> [String] {
    let parts = line.split(separator: "`", omittingEmptySubsequences: false)
    let prose = stride(from: 0, to: parts.count, by: 2).map { parts[$0] }.joined(separator: "_")
    return prose.ranges(of: "](").map { range in
      String(prose[range.upperBound...].prefix { $0 != ")" && $0 != " " })
    }
  }
}

@Suite("Files are short, and name only what users have")
struct TextTests {
  private let code = SourceTree.files.filter { file in
    let isCode = file.isSwift || file.isKernel || file.path.hasSuffix(".c")
    return isCode || file.path.hasSuffix(".h") || file.path.hasSuffix(".py")
  }

  @Test("no file of code has more than 400 lines without a reason in its first lines")
  func filesAreShort() {
    let findings = code.flatMap { TextRules.length($0) }
    #expect(findings.isEmpty, "\(findings.list)")
    #expect(code.count > 250)
  }

  @Test("no file names a folder of a developer's machine, or a document that is not here")
  func placesExist() {
    let names = Set(SourceTree.paths.compactMap { $0.split(separator: "/").last.map(String.init) })
    let findings = SourceTree.files.flatMap {
      TextRules.places($0) + ($0.target == "TidyTests" ? [] : TextRules.documents($0, names: names))
    }
    #expect(findings.isEmpty, "\(findings.list)")
  }

  @Test("every link of a Markdown file leads to a file or heading of the package, or to the web")
  func linksResolve() {
    let links = MarkdownLinks(files: SourceTree.files, paths: SourceTree.paths)
    let documents = SourceTree.files.filter { $0.path.hasSuffix(".md") }
    let findings = documents.flatMap { links.findings($0) }
    #expect(findings.isEmpty, "\(findings.list)")
    #expect(documents.count >= 2)
  }

  @Test("a long file is found, and passes with its reason")
  func longFileIsFound() {
    let text = String(repeating: "a\n", count: 400)
    #expect(TextRules.length(SourceFile(path: "a.swift", text: text)).isEmpty)
    #expect(TextRules.length(SourceFile(path: "a.swift", text: text + "a\n")).count == 1)
    let reason = "// Long because it is a table.\n" + text
    #expect(TextRules.length(SourceFile(path: "a.swift", text: reason)).isEmpty)
    let late = String(repeating: "\n", count: 5) + reason
    #expect(TextRules.length(SourceFile(path: "a.swift", text: late)).count == 1)
  }

  @Test("a private place and an absent document are found")
  func privatePlacesAreFound() {
    let text = "see /ho" + "me/ada/x\n// formula: formats.md 3, README.md, x.md.\n.md"
    let file = SourceFile(path: "a.swift", text: text)
    #expect(TextRules.places(file).map(\.line) == [1])
    #expect(TextRules.documents(file, names: ["README.md", "x.md"]).map(\.line) == [2])
    for place in ["/wo" + "rk/main", "/tmp/" + "wt/a", "see sha" + "red/plan"] {
      #expect(TextRules.places(SourceFile(path: "a.sh", text: place)).count == 1)
    }
  }

  @Test(
    "a broken link is found",
    arguments: [
      ("[a](b.md)", "b.md does not exist"), ("[a](../../x)", "../../x leads out of the package"),
      ("[a](/etc)", "/etc leads out of the package"), ("![a](no.png)", "no.png does not exist"),
      ("[a](#none)", "#none names no heading"),
      ("[a](../R.md#none)", "../R.md#none names no heading"),
      ("[a](http://a.b)", "http://a.b is not encrypted"),
    ])
  func brokenLinkIsFound(line: String, what: String) {
    let root = SourceFile(path: "R.md", text: "# One two, three!\n")
    let good = "## Here\n[a](../R.md) [a](../R.md#one-two-three) [a](#here) [a](../docs) `[a](q)`\n"
    let fenced = "```\n[a](nowhere)\n```\n[a](https://a.b/c)\n"
    let file = SourceFile(path: "docs/a.md", text: good + fenced + line)
    let links = MarkdownLinks(files: [root, file], paths: ["R.md", "docs/a.md"])
    #expect(links.findings(file) == [Finding("docs/a.md", line: 7, what)])
  }
}
