import Testing

/// Which target may import which: the drawing in the code map of ARCHITECTURE.md.
enum Arrows {
  /// The direct arrows; an arrow includes what lies below it.
  static let direct: [String: [String]] = [
    "COpenCL": [],
    "CKernels": [],
    "CImageCodecs": [],
    "CAssets": [],
    "Assets": ["CAssets"],
    "Tensors": [],
    "Graphs": ["Tensors"],
    "Operators": ["Graphs"],
    "Execution": ["Operators"],
    "OperatorCases": ["Execution"],
    "ReferenceBackend": ["Execution"],
    "KernelLibrary": ["CKernels"],
    "OpenCLRuntime": ["KernelLibrary", "COpenCL"],
    "OpenCLBackend": ["Execution", "OpenCLRuntime"],
    "Models": ["Operators", "Assets"],
    "Imaging": ["Tensors", "CImageCodecs"],
    "Scenes": ["Imaging", "Assets"],
    "Saliency": ["Execution"],
    "Evaluation": ["Saliency", "Imaging"],
    "Jobs": ["Evaluation", "Models"],
    "Training": ["Jobs"],
    "Reports": ["Jobs", "Assets"],
    "Salient": [
      "Reports", "Training", "Scenes", "OperatorCases", "ReferenceBackend", "OpenCLBackend",
    ],
    "salient-cli": ["Salient"],
  ]

  /// The modules from outside the package that a target may import.
  static let outside: [String: Set<String>] = [
    "Operators": cLibrary,
    "KernelLibrary": ["FoundationEssentials"],
    "OpenCLRuntime": cLibrary.union(["Dispatch", "FoundationEssentials", "Synchronization"]),
    "OpenCLBackend": ["FoundationEssentials", "Synchronization"],
    "Models": cLibrary.union(["FoundationEssentials"]),
    "Imaging": cLibrary.union(["FoundationEssentials"]),
    "Jobs": cLibrary.union(["Crypto", "FoundationEssentials"]),
    "Training": ["Synchronization"],
    "Reports": ["FoundationEssentials", "Mustache"],
    "Salient": cLibrary.union(["FoundationEssentials"]),
    "salient-cli": cLibrary.union([
      "ArgumentParser", "Dispatch", "FoundationEssentials", "Synchronization",
    ]),
  ]

  /// The files outside of `Tests` that may import all of Foundation, each with its reason.
  static let foundation: [String: String] = [:]

  private static let cLibrary: Set<String> = ["Darwin", "Glibc", "Musl"]

  /// Everything below a target.
  static func below(_ target: String, in arrows: [String: [String]] = direct) -> Set<String> {
    var found: Set<String> = []
    var open = arrows[target] ?? []
    while let next = open.popLast() {
      if found.insert(next).inserted { open += arrows[next] ?? [] }
    }
    return found
  }

  /// The modules that a line imports: `import A`, `import struct A.B`, `package import A`.
  static func imported(by code: String) -> String? {
    var words = code.split { $0 == " " || $0 == "." }
    let modifiers: Set<Substring> = [
      "public", "package", "internal", "fileprivate", "private", "@preconcurrency", "@_exported",
      "@testable", "@_implementationOnly",
    ]
    while let word = words.first, modifiers.contains(word) { words.removeFirst() }
    guard words.first == "import", words.count > 1 else { return nil }
    let kinds: Set<Substring> = [
      "struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor",
    ]
    return String(kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1])
  }

  /// The imports of a source file that its target has no arrow for.
  static func findings(_ file: SourceFile) -> [Finding] {
    let target = file.target ?? ""
    let allowed = below(target).union(outside[target] ?? [])
    return file.findings { code, _ in
      guard let module = imported(by: code) else { return nil }
      if code.contains("@testable") { return "@testable does not work in release: use package" }
      if code.contains("@_exported") { return "a target hands on no other target's names" }
      if module == "Foundation", foundation[file.path] != nil { return nil }
      return allowed.contains(module) ? nil : "\(target) must not import \(module)"
    }
  }

  /// The imports of a test file that its target does not declare in the manifest.
  static func findings(_ file: SourceFile, declared: [String]) -> [Finding] {
    let allowed = declared.reduce(into: Set(declared)) { $0.formUnion(below($1)) }
    return file.findings { code, _ in
      guard let module = imported(by: code) else { return nil }
      if code.contains("@testable") { return "@testable does not work in release: use package" }
      guard direct[module] != nil, !allowed.contains(module) else { return nil }
      return "\(file.target ?? "") imports \(module), which Package.swift does not say"
    }
  }
}

/// A target as Package.swift declares it.
struct ManifestTarget: Hashable {
  let name: String
  let kind: String
  /// The targets of this package that it names; products of other packages are left out.
  let dependencies: [String]

  /// The targets of a manifest.
  static func all(in manifest: SourceFile) -> [ManifestTarget] {
    let text = manifest.lines.filter { !$0.drop { $0 == " " }.hasPrefix("//") }
      .joined(separator: " ")
    return [".target(", ".executableTarget(", ".testTarget("].flatMap { kind in
      text.ranges(of: kind).compactMap { range in
        target(kind, arguments: text[range.upperBound...])
      }
    }
  }

  private static func target(_ kind: String, arguments: Substring) -> ManifestTarget? {
    // Up to the parenthesis that closes the target; products have parentheses of their own.
    var depth = 1
    let end = arguments.firstIndex { character in
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      return depth == 0
    }
    var inside = String(arguments[..<(end ?? arguments.endIndex)])
    while let start = inside.range(of: ".product("),
      let stop = inside[start.lowerBound...].firstIndex(of: ")")
    {
      inside.removeSubrange(start.lowerBound...stop)
    }
    guard let name = quoted(inside).first else { return nil }
    var dependencies: [String] = []
    if let list = inside.range(of: "dependencies: [") {
      dependencies = quoted(inside[list.upperBound...].prefix { $0 != "]" })
    }
    return ManifestTarget(name: name, kind: kind, dependencies: dependencies)
  }

  /// The texts between quotes.
  private static func quoted(_ text: some StringProtocol) -> [String] {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    return stride(from: 1, to: parts.count, by: 2).map { String(parts[$0]) }
  }
}

@Suite("Imports follow the arrows")
struct ImportTests {
  private let sources = SourceTree.swift(in: "Sources")

  @Test("no source file imports a target that lies beside or above its own")
  func sourcesObeyTheArrows() {
    let findings = sources.flatMap { Arrows.findings($0) }
    #expect(findings.isEmpty, "\(findings.list)")
    #expect(sources.flatMap(\.code).count { Arrows.imported(by: $0) != nil } > 300)
  }

  @Test("Package.swift has the same arrows, and every folder is a target")
  func manifestHasTheSameArrows() throws {
    let manifest = ManifestTarget.all(in: try #require(SourceTree.file("Package.swift")))
    let targets = manifest.filter { $0.kind != ".testTarget(" }
    let arrows = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0.dependencies) })
    #expect(Set(arrows.keys) == Set(Arrows.direct.keys))
    for target in Arrows.direct.keys.sorted() {
      #expect(Arrows.below(target, in: arrows) == Arrows.below(target), "\(target)")
    }
    #expect(Set(SourceTree.folders(in: "Sources")) == Set(Arrows.direct.keys))
    let tests = Set(manifest.map(\.name)).subtracting(arrows.keys)
    #expect(Set(SourceTree.folders(in: "Tests")).subtracting(["Fixtures"]) == tests)
  }

  @Test("tests import what their target declares")
  func testsImportWhatTheyDeclare() throws {
    let manifest = ManifestTarget.all(in: try #require(SourceTree.file("Package.swift")))
    let declared = Dictionary(uniqueKeysWithValues: manifest.map { ($0.name, $0.dependencies) })
    let findings = SourceTree.swift(in: "Tests").flatMap { file in
      Arrows.findings(file, declared: declared[file.target ?? ""] ?? [])
    }
    #expect(findings.isEmpty, "\(findings.list)")
  }

  @Test("what the invariants forbid is not in the table of arrows")
  func arrowsKeepTheInvariants() {
    #expect(Arrows.below("Tensors").isEmpty)
    #expect(Arrows.outside["Tensors"] == nil)
    let formats: Set<String> = ["Models", "Jobs", "Imaging"]
    let backends: Set<String> = ["ReferenceBackend", "OpenCLBackend", "OpenCLRuntime", "COpenCL"]
    #expect(Arrows.below("Saliency").isDisjoint(with: formats.union(backends)))
    #expect(Arrows.below("Evaluation").isDisjoint(with: backends.union(["Models", "Jobs"])))
    #expect(Arrows.below("Training").isDisjoint(with: backends))
    #expect(Arrows.below("OpenCLRuntime") == ["COpenCL", "CKernels", "KernelLibrary"])
    let seesBoth = Arrows.direct.keys.filter {
      Arrows.below($0).isSuperset(of: ["Operators", "OpenCLRuntime"])
    }
    #expect(Set(seesBoth) == ["OpenCLBackend", "Salient", "salient-cli"])
    #expect(Arrows.foundation.values.allSatisfy { !$0.isEmpty })
    for path in Arrows.foundation.keys { #expect(SourceTree.file(path) != nil, "\(path)") }
  }

  @Test(
    "a forbidden import is found",
    arguments: [
      ("Sources/Tensors/A.swift", "import Foundation", "Tensors must not import Foundation"),
      ("Sources/Graphs/A.swift", "import Operators", "Graphs must not import Operators"),
      ("Sources/Saliency/A.swift", "package import Models", "Saliency must not import Models"),
      (
        "Sources/OpenCLRuntime/A.swift", "import struct Tensors.Shape",
        "OpenCLRuntime must not import Tensors"
      ),
      ("Sources/Jobs/A.swift", "  import Foundation", "Jobs must not import Foundation"),
      (
        "Sources/Graphs/A.swift", "@testable import Tensors",
        "@testable does not work in release: use package"
      ),
      (
        "Sources/Graphs/A.swift", "@_exported import Tensors",
        "a target hands on no other target's names"
      ),
    ])
  func forbiddenImportIsFound(path: String, line: String, what: String) {
    let file = SourceFile(path: path, text: "// import Graphs\n\(line)\n")
    #expect(Arrows.findings(file) == [Finding(path, line: 2, what)])
  }

  @Test("an import that a test target does not declare is found")
  func undeclaredImportIsFound() {
    let file = SourceFile(path: "Tests/ATests/A.swift", text: "import Graphs\nimport Testing\n")
    let what = "ATests imports Graphs, which Package.swift does not say"
    #expect(Arrows.findings(file, declared: ["Tensors"]) == [Finding(file.path, line: 1, what)])
    #expect(Arrows.findings(file, declared: ["Operators"]).isEmpty)
  }

  @Test("targets of a manifest are read with their dependencies")
  func manifestIsRead() {
    let text = """
      .target(name: "A"), // .target(name: "No")
      // .target(name: "Never"),
      .executableTarget(
        name: "b-c",
        dependencies: [
          "A", .product(name: "P", package: "p"),
        ]),
      .testTarget(name: "ATests", dependencies: ["A", "D"], path: "x"),
      """
    let found = ManifestTarget.all(in: SourceFile(path: "Package.swift", text: text))
    #expect(
      found.filter { $0.name != "No" } == [
        ManifestTarget(name: "A", kind: ".target(", dependencies: []),
        ManifestTarget(name: "b-c", kind: ".executableTarget(", dependencies: ["A"]),
        ManifestTarget(name: "ATests", kind: ".testTarget(", dependencies: ["A", "D"]),
      ])
  }
}
