import Testing

/// The parts of each operator, found by the stem that they share.
struct OperatorParts {
  /// The operators that need only the graph and so live below `Sources/Operators`.
  static let inGraphs: Set<String> = ["Accumulate", "Ones"]

  /// Endings of the kernel files of further algorithms, behind the name of their operator.
  static let algorithms = [
    "_winograd", "_winograd_gemm", "_stem", "_stem_gemm", "_depthwise", "_depthwise_quads", "_gemm",
    "_quads",
  ]

  /// The types that a catalogue lists, `Add.self, ReLU.self`.
  static func types(listedBy catalogue: SourceFile) -> [String] {
    let words = catalogue.code.joined(separator: " ").split { !$0.isPartOfName && $0 != "." }
    return words.filter { $0.hasSuffix(".self") && $0.first?.isUppercase == true }
      .map { String($0.dropLast(5)) }
  }

  /// The name that a file gives its operator: `static let name = "add"`.
  static func name(in file: SourceFile) -> String? {
    let names = file.lines.compactMap { line -> String? in
      guard line.contains("static let name = \"") || line.contains("static var name: String")
      else { return nil }
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      return parts.count == 3 ? String(parts[1]) : nil
    }
    return names.count == 1 ? names[0] : nil
  }

  /// The types that a file makes runnable by OpenCL, `extension Add: OpenCLOperator`.
  static func launched(by file: SourceFile) -> [String] {
    file.code.compactMap { code in
      guard code.hasPrefix("extension "), let colon = code.firstIndex(of: ":"),
        code[colon...].mentions("OpenCLOperator")
      else { return nil }
      return String(code[code.index(code.startIndex, offsetBy: 10)..<colon])
    }
  }

  let files: [SourceFile]

  private func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

  private func files(in folder: String) -> [SourceFile] {
    files.filter { $0.path.hasPrefix(folder + "/") }
  }

  /// What is missing of the operators that the catalogue lists.
  func missing(of types: [String]) -> [Finding] {
    types.flatMap { type -> [Finding] in
      let folder = Self.inGraphs.contains(type) ? "Graphs" : "Operators"
      let path = "Sources/\(folder)/\(type).swift"
      guard let file = file(path) else { return [Finding(path, "\(type) has no file")] }
      guard let name = Self.name(in: file) else { return [Finding(path, "states no one name")] }
      return missing(of: type, name, path)
    }
  }

  private func missing(of type: String, _ name: String, _ path: String) -> [Finding] {
    var findings: [Finding] = []
    if file("Kernels/ops/\(name).cl") == nil {
      findings.append(Finding(path, "Kernels/ops/\(name).cl is missing"))
    }
    let launches = files(in: "Sources/OpenCLBackend").filter { file in
      Self.launched(by: file).contains(type)
    }
    if launches.count != 1 || !launches[0].path.hasPrefix("Sources/OpenCLBackend/Operators/") {
      let places = launches.map(\.path).joined(separator: ", ")
      findings.append(Finding(path, "one launch in OpenCLBackend/Operators, not [\(places)]"))
    }
    let cases = "Sources/OperatorCases/\(type)Cases.swift"
    if file(cases) == nil { findings.append(Finding(path, "\(cases) is missing")) }
    let listed = file("Sources/OperatorCases/Catalogue.swift").map(Self.types(listedBy:)) ?? []
    if !listed.contains("\(type)Cases") {
      findings.append(Finding(path, "\(type)Cases is not in the catalogue of cases"))
    }
    return findings
  }

  /// Files about operators that the catalogue does not list.
  func orphans(of types: [String]) -> [Finding] {
    let known = Set(types)
    let names = Set(
      types.compactMap { type in
        let folder = Self.inGraphs.contains(type) ? "Graphs" : "Operators"
        return file("Sources/\(folder)/\(type).swift").flatMap(Self.name(in:))
      })
    let sources = files(in: "Sources/Operators").filter {
      Self.name(in: $0) != nil && !known.contains(String($0.name.dropLast(6)))
    }
    let kernels = files(in: "Kernels/ops").filter {
      let stem = String($0.name.dropLast(3))
      let stems = Self.algorithms.filter { stem.hasSuffix($0) }.map { stem.dropLast($0.count) }
      return !names.contains(stem) && !stems.contains { names.contains(String($0)) }
    }
    let launches = files(in: "Sources/OpenCLBackend").filter {
      !known.isSuperset(of: Self.launched(by: $0))
    }
    let cases = files(in: "Sources/OperatorCases").filter { file in
      guard file.name.hasSuffix("Cases.swift"), !file.name.hasPrefix("Fused"),
        !file.path.contains("/Support/")
      else { return false }
      return !known.contains(String(file.name.dropLast("Cases.swift".count)))
    }
    return (sources + kernels + launches + cases).map {
      Finding($0.path, "belongs to no operator of the catalogue")
    }
  }
}

@Suite("An operator has all its parts")
struct OperatorTests {
  @Test("every operator has a file, a kernel, a launch, cases and a line in both catalogues")
  func operatorsAreComplete() throws {
    let catalogue = try #require(SourceTree.file("Sources/Operators/Catalogue.swift"))
    let types = OperatorParts.types(listedBy: catalogue)
    let parts = OperatorParts(files: SourceTree.files)
    let findings = parts.missing(of: types) + parts.orphans(of: types)
    #expect(findings.isEmpty, "\(findings.list)")
    #expect(types.count >= 54)
    #expect(Set(types).count == types.count)
  }

  /// An operator with all its parts, and what is around it.
  private static let whole = [
    "Sources/Operators/LeakyReLU.swift": "  public static let name = \"leaky_relu\"\n",
    "Kernels/ops/leaky_relu.cl": "// leaky_relu: y = x\n",
    "Sources/OpenCLBackend/Operators/Pointwise+OpenCL.swift":
      "extension LeakyReLU: OpenCLOperator {\n// extension Add: OpenCLOperator\n}\n",
    "Sources/OperatorCases/LeakyReLUCases.swift": "enum LeakyReLUCases {}\n",
    "Sources/OperatorCases/Catalogue.swift": "  [LeakyReLUCases.self, FusedCases.self]\n",
    "Sources/OperatorCases/FusedChainCases.swift": "enum FusedCases {}\n",
  ]

  private func parts(_ files: [String: String]) -> OperatorParts {
    OperatorParts(
      files: files.sorted { $0.key < $1.key }.map { SourceFile(path: $0.key, text: $0.value) })
  }

  @Test("a whole operator has no findings")
  func wholeOperatorPasses() {
    let parts = parts(Self.whole)
    #expect((parts.missing(of: ["LeakyReLU"]) + parts.orphans(of: ["LeakyReLU"])).isEmpty)
    let catalogue = SourceFile(path: "C.swift", text: "  Add.self, // No.self\n  types.self")
    #expect(OperatorParts.types(listedBy: catalogue) == ["Add"])
  }

  @Test("each missing part is found", arguments: whole.keys.filter { !$0.contains("Fused") })
  func missingPartIsFound(path: String) {
    var files = Self.whole
    files[path] = nil
    #expect(parts(files).missing(of: ["LeakyReLU"]).count == 1, "\(path)")
  }

  @Test("a second launch, and parts of no operator, are found")
  func orphansAreFound() {
    var files = Self.whole
    files["Sources/OpenCLBackend/Operators/B.swift"] = "extension LeakyReLU: OpenCLOperator {}"
    #expect(parts(files).missing(of: ["LeakyReLU"]).count == 1)
    #expect(parts(Self.whole).orphans(of: []).count == 4)
  }
}
