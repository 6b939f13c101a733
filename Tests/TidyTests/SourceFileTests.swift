import Testing

@Suite("Code is told apart from comments and strings")
struct SourceFileTests {
  @Test(
    "comments and strings are blanked, interpolations are not",
    arguments: [
      ("a // print(", "a          "),
      ("a /* b /* c */ d */ e", "a                   e"),
      (#"let s = "print(" + t"#, #"let s = "      " + t"#),
      (#"f("a\(print(x, "b"))c")"#, #"f(" \(print(x, " ")) ")"#),
      (##"f(#"a\(b"c"#, d)"##, ##"f(#"      "#, d)"##),
      (##"f(#"a\#(b)"#)"##, ##"f(#" \#(b)"#)"##),
      (#"f("\"", x)"#, #"f("  ", x)"#),
      ("\"open\nnext", "\"    \nnext"),
      ("\"\"\"\n try! \" //\n\"\"\" try", "\"\"\"\n          \n\"\"\" try"),
    ])
  func swiftScanned(text: String, expected: String) {
    #expect(CodeScanner.code(of: text, isSwift: true) == expected)
  }

  @Test(
    "C has characters, and comments that do not nest",
    arguments: [
      ("a = '\"'; b // c", "a = ' '; b     "), ("/* a /* b */ c", "             c"),
      ("x = '\\''; \"y\"", "x = '  '; \" \""),
    ])
  func cScanned(text: String, expected: String) {
    #expect(CodeScanner.code(of: text, isSwift: false) == expected)
  }

  @Test("a word is not found inside of a longer one")
  func wordsHaveBounds() {
    #expect("a.print(x)".mentions("print("))
    #expect("getenv".mentions("getenv"))
    #expect(!"blueprint(x)".mentions("print("))
    #expect(!"let atomics".mentions("atomic"))
    #expect("x atomics atomic".mentions("atomic"))
  }

  @Test("the tree holds the package")
  func treeIsThere() {
    #expect(SourceTree.swift(in: "Sources").count > 150)
    #expect(SourceTree.files.count { $0.isKernel } > 60)
    #expect(SourceTree.file("Package.swift") != nil)
    #expect(SourceTree.file("Tools/test") != nil)
    #expect(SourceTree.paths.contains("Tests/TidyTests/SourceFileTests.swift"))
    #expect(!SourceTree.paths.contains { $0.hasPrefix(".build") || $0.hasPrefix(".git/") })
  }
}
