import Testing

/// What each method of the catalogue must come with.
struct MethodParts {
  let files: [SourceFile]

  /// What is missing of a method.
  func missing(of type: String) -> [Finding] {
    let path = "Sources/Saliency/Methods/\(type).swift"
    guard let file = files.first(where: { $0.path == path }) else {
      return [Finding(path, "\(type) has no file of its own")]
    }
    var findings: [Finding] = []
    if !file.code.contains(where: { $0.contains("static let citation = Citation(") }) {
      findings.append(Finding(path, "cites no paper"))
    }
    for label in ["paper:", "equations:", "deviations:"]
    where !file.code.contains(where: { $0.contains(label) }) {
      findings.append(Finding(path, "its citation has no \(label)"))
    }
    // The arithmetic of a method is tested on hand-made numbers; maps recorded from other
    // implementations are named after the method, and all of them are replayed.
    if !tests(of: type).contains(where: { $0.code.contains { $0.mentions("FakeProbe") } }) {
      findings.append(Finding(path, "no test computes it by hand through a FakeProbe"))
    }
    guard let name = OperatorParts.name(in: file) else {
      return findings + [Finding(path, "states no one name")]
    }
    if !recorded.contains(where: { $0.hasPrefix(name) }) {
      findings.append(Finding(path, "no recorded map of \(name) in Tests/Fixtures"))
    }
    return findings
  }

  private func tests(of type: String) -> [SourceFile] {
    files.filter { file in
      file.path.hasPrefix("Tests/") && !file.path.hasPrefix("Tests/TidyTests/")
        && file.code.contains { $0.mentions(type) }
    }
  }

  /// What follows the name of the network in the names of recorded maps.
  var recorded: [String] = []

  /// What follows the name of the network in `networks/vgg.grad-cam.npy` and in
  /// `methods/cam/vgg_grad-cam_finish=library.npy`; nil where nothing does.
  static func recordedName(_ path: String) -> String? {
    let parts = path.split(separator: "/")
    guard let file = parts.last else { return nil }
    let separator: Character = parts.contains("methods") ? "_" : "."
    return file.split(separator: separator).dropFirst().first.map(String.init)
  }
}

@Suite("A method is cited and tested")
struct MethodTests {
  @Test("every method has its file, its citation, recorded maps and tests")
  func methodsAreComplete() throws {
    let catalogue = try #require(SourceTree.file("Sources/Saliency/Methods/Catalogue.swift"))
    let types = OperatorParts.types(listedBy: catalogue)
    #expect(types.count >= 2)
    let fixtures = SourceTree.paths.filter { $0.hasPrefix("Tests/Fixtures/") }
    let parts = MethodParts(
      files: SourceTree.files, recorded: fixtures.compactMap(MethodParts.recordedName))
    let findings = types.flatMap { parts.missing(of: $0) }
    #expect(findings.isEmpty, "\(findings.list)")
  }

  @Test("the guide says of every method what it costs and is bad at, and shows it")
  func guideIsComplete() throws {
    let guide = try #require(SourceTree.file("docs/methods.md"))
    let readme = try #require(SourceTree.file("README.md"))
    var sections: [String: [String]] = [:]
    var name = ""
    for line in guide.lines {
      if line.hasPrefix("#") { name = line.hasPrefix("### ") ? String(line.dropFirst(4)) : "" }
      sections[name, default: []].append(line)
    }
    let catalogue = try #require(SourceTree.file("Sources/Saliency/Methods/Catalogue.swift"))
    for type in OperatorParts.types(listedBy: catalogue) {
      let file = try #require(SourceTree.file("Sources/Saliency/Methods/\(type).swift"))
      let name = try #require(OperatorParts.name(in: file))
      let section = sections[name] ?? []
      #expect(section.contains("![\(name)](methods/\(name).jpg)"), "\(name)")
      #expect(section.contains { $0.contains("Bad at") }, "\(name)")
      let cost = try Regex("[0-9C)] [FBT]\\b")
      #expect(section.contains { $0.contains(cost) }, "\(name)")
      #expect(readme.lines.contains { $0.hasPrefix("| `\(name)` |") }, "\(name)")
    }
  }

  @Test("a method without citation, file, recorded maps or tests is found")
  func incompleteMethodIsFound() {
    let method = """
      public static let name = "x-cam"
      public static let citation = Citation(
        paper: "p", equations: [], deviations: [])
      """
    let whole = [
      SourceFile(path: "Sources/Saliency/Methods/XCAM.swift", text: method),
      SourceFile(path: "Tests/A/XCAMTests.swift", text: "XCAM(); FakeProbe()"),
      SourceFile(path: "Tests/A/TruthTests.swift", text: "[XCAM.self]"),
    ]
    #expect(MethodParts(files: whole, recorded: ["x-cam_a=1"]).missing(of: "XCAM").isEmpty)
    #expect(MethodParts(files: whole).missing(of: "XCAM").count == 1)
    #expect(
      MethodParts(files: [whole[0], whole[2]], recorded: ["x-cam"]).missing(of: "XCAM")
        .map(\.what) == ["no test computes it by hand through a FakeProbe"])
    #expect(MethodParts(files: Array(whole[1...])).missing(of: "XCAM").count == 1)
    let uncited = SourceFile(path: whole[0].path, text: "static let name = \"x-cam\"")
    let parts = MethodParts(files: [uncited] + whole[1...], recorded: ["x-cam"])
    #expect(parts.missing(of: "XCAM").count == 4)
  }
}
