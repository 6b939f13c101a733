import Foundation
import KernelLibrary
import Testing

@Suite struct KernelLibraryTests {
  /// The folder `Kernels/` of the package that these tests were built from.
  static let kernels = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Kernels")

  static func library(_ files: [String: String]) -> KernelLibrary {
    KernelLibrary(files: files.mapValues { Array($0.utf8) })
  }

  @Test func embeddedFilesEqualTheFolder() throws {
    let library = try KernelLibrary()
    let onDisk = try FileManager.default.subpathsOfDirectory(atPath: Self.kernels.path)
      .filter { $0.hasSuffix(".cl") || $0.hasSuffix(".clh") || $0.hasSuffix(".json") }
    #expect(library.paths == onDisk.sorted())
    for path in library.paths {
      let expected = try Data(contentsOf: Self.kernels.appending(path: path))
      #expect(try library.bytes(path) == [UInt8](expected), "\(path)")
    }
  }

  @Test func everyEmbeddedKernelExpands() throws {
    let library = try KernelLibrary()
    for path in library.paths where path.hasSuffix(".cl") {
      #expect(!(try library.source(path).text.contains("#include")), "\(path)")
    }
  }

  @Test func includesAreReplacedAndLinesNamed() throws {
    let library = Self.library([
      "ops/a.cl": "// a\n#include \"common/b.clh\"\nint a;\n",
      "common/b.clh": "int b;",
    ])
    let source = try library.source("ops/a.cl")
    #expect(source.path == "ops/a.cl")
    #expect(source.includes == ["common/b.clh"])
    #expect(
      source.text == """
        #line 1 "ops/a.cl"
        // a
        #line 1 "common/b.clh"
        int b;
        #line 3 "ops/a.cl"
        int a;

        """)
  }

  @Test func aFileIncludedTwiceIsExpandedOnce() throws {
    let library = Self.library([
      "a.cl": "#include \"b.clh\"\n#include \"c.clh\"\n#include \"d.clh\"\n",
      "b.clh": "  #  include\t\"d.clh\" // again\r\n",
      "c.clh": "#include \"d.clh\" /* and again */\n",
      "d.clh": "int d;\n",
    ])
    let source = try library.source("a.cl")
    #expect(source.includes == ["b.clh", "d.clh", "c.clh"])
    #expect(source.text.components(separatedBy: "int d;").count == 2)
    #expect(source.text.hasSuffix("#line 4 \"a.cl\"\n"))
  }

  @Test func cyclesAreErrors() {
    let library = Self.library([
      "a.cl": "#include \"b.clh\"\n", "b.clh": "#include \"c.clh\"\n",
      "c.clh": "#include \"b.clh\"\n", "self.cl": "#include \"self.cl\"\n",
    ])
    #expect(throws: KernelLibraryError.cycle(["b.clh", "c.clh", "b.clh"])) {
      try library.source("a.cl")
    }
    #expect(throws: KernelLibraryError.cycle(["self.cl", "self.cl"])) {
      try library.source("self.cl")
    }
  }

  @Test func missingFilesNameWhoWantedThem() {
    let library = Self.library(["a.cl": "#include \"b.clh\"\n"])
    #expect(throws: KernelLibraryError.missing(path: "b.clh", includedFrom: "a.cl")) {
      try library.source("a.cl")
    }
    #expect(throws: KernelLibraryError.missing(path: "z.cl", includedFrom: nil)) {
      try library.source("z.cl")
    }
    #expect(throws: KernelLibraryError.missing(path: "z.cl", includedFrom: nil)) {
      try library.bytes("z.cl")
    }
  }

  @Test(arguments: [
    "#include <b.clh>", "#include \"b.clh", "#include \"\"", "#include B", "#include",
  ])
  func otherIncludesAreRefused(line: String) {
    let library = Self.library(["a.cl": "\n\(line)\n"])
    #expect(throws: KernelLibraryError.badInclude(path: "a.cl", line: 2, text: line)) {
      try library.source("a.cl")
    }
  }

  @Test func emptyFilesAndMissingNewlinesAreFine() throws {
    let library = Self.library([
      "empty.clh": "", "a.cl": "#include \"empty.clh\"\nint a;\n\nint b;",
    ])
    #expect(try library.source("empty.clh").text == "#line 1 \"empty.clh\"\n")
    #expect(try library.source("a.cl").text.hasSuffix("#line 2 \"a.cl\"\nint a;\n\nint b;\n"))
  }

  @Test func overrideWinsAndEmbeddedFilesFillTheGaps() throws {
    let embedded = try KernelLibrary()
    let path = try #require(embedded.paths.first)
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let changed = "#include \"common/new.clh\"\n"
    for (name, text) in [
      path: changed, "common/new.clh": "int n;", "ops/new.cl": "unused", "notes.txt": "no kernel",
    ] {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let library = try KernelLibrary(override: folder.path)
    #expect(try library.bytes(path) == Array(changed.utf8))
    #expect(try library.source(path).text.contains("int n;"))
    #expect(Set(library.paths) == Set(embedded.paths).union(["common/new.clh"]))
    #expect(library.replacedCount == 1 && embedded.replacedCount == 0)
    #expect(library.fingerprint != embedded.fingerprint)
  }

  @Test func anOverrideThatIsNoFolderIsAnError() {
    #expect(throws: KernelLibraryError.folderMissing("/no/such/folder")) {
      try KernelLibrary(override: "/no/such/folder")
    }
    #expect(throws: KernelLibraryError.folderMissing(#filePath)) {
      try KernelLibrary(override: #filePath)
    }
  }

  @Test func fingerprintDependsOnEveryPathAndByte() throws {
    #expect(Self.library([:]).fingerprint == "cbf29ce484222325")  // FNV-1a's offset basis
    let base = Self.library(["a": "xy", "b": "z"]).fingerprint
    #expect(base == Self.library(["b": "z", "a": "xy"]).fingerprint)
    #expect(base.count == 16)
    let others = [
      ["a": "xy", "b": "y"], ["a": "x", "b": "yz"], ["a": "xy", "c": "z"], ["a": "xyz"],
    ]
    for other in others { #expect(Self.library(other).fingerprint != base) }
    #expect(try KernelLibrary().fingerprint == KernelLibrary().fingerprint)
  }
}
