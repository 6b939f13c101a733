import Imaging
import Saliency

/// A folder of finished maps: of an earlier run of `explain`, or `<input>.npy` of any tool.
public struct FinishedMaps: Sendable {
  /// The folder, as the user wrote it.
  public let folder: String
  /// Whether another tool made them, so that nobody says what of a picture they cover.
  public let areForeign: Bool
  private let found: Found

  /// What is found in a folder.
  private struct Found: Sendable {
    var kinds: [MapKind] = []
    var entries: [MapKind: [String: [Entry]]] = [:]
    var explainers: [MapKind: any Explainer] = [:]
  }

  private struct Entry: Sendable {
    let path: String
    /// What the map explains; nil where nobody says.
    var target: Explained?
    /// The part of its picture that the map covers, and the size of the picture; nil where nobody says.
    var region: Region?
    var size: [Int]?
  }

  /// Finds the maps of inputs in a folder.
  /// - Throws: `Failure` where it is not there, or holds a map of none of them.
  public init(_ folder: String, of inputs: [Input]) throws(Failure) {
    let path = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    guard Files.kind(of: folder) == .folder else {
      let isThere = Files.kind(of: folder) != nil
      throw Failure(
        isThere ? .content : .missing, "--maps \(folder)",
        isThere ? "is no folder" : "no such folder",
        try: "name the -o of an explain run, or a folder of INPUT.npy")
    }
    self.folder = path
    areForeign = Files.kind(of: "\(path)/results.jsonl") != .file
    let found = try areForeign ? Self.files(of: inputs, in: path) : Self.records(in: path)
    let hasOne = inputs.contains { input in
      found.entries.values.contains { $0[input.name] != nil }
    }
    guard hasOne else {
      let example = inputs.first.map { Self.paths(of: $0, in: path)[0] } ?? "INPUT.npy"
      throw Failure(
        .content, "--maps \(folder)", "holds a map of no input",
        try: "the map of the first would be \(example)")
    }
    self.found = found
  }

  /// The kinds of maps in it, in the order in which they first occur.
  public var kinds: [MapKind] { found.kinds }

  /// The method that made maps, with its settings; nil where nobody says.
  public func explainer(of kind: MapKind) -> (any Explainer)? { found.explainers[kind] }

  /// The maps that a run of `explain` has a record of.
  private static func records(in folder: String) throws(Failure) -> Found {
    var found = Found()
    for line in try OutputFolder(folder, mode: .resume).recordLines() {
      guard let record = JSONValue(parsing: line), let key = MapKey(record),
        let image = record["image"]?.string, let path = record["map"]?.string,
        !path.split(separator: "/").contains("..")
      else { continue }
      let kind = MapKind(method: key.method, layer: key.layer)
      if found.entries[kind] == nil {
        found.kinds.append(kind)
        found.explainers[kind] = explainer(of: record, named: key.method)
      }
      found.entries[kind, default: [:]][image, default: []].append(
        Entry(
          path: "\(folder)/\(path)", target: Explained(key.target, record),
          region: Region(record["region"]),
          size: record["size"]?.array?.compactMap(\.integer)))
    }
    return found
  }

  /// The method that a record names; nil where there is none of this name with these settings.
  private static func explainer(of record: JSONValue, named name: String) -> (any Explainer)? {
    guard case .object(let members)? = record["settings"] else { return nil }
    let settings = members.map { ($0.key, $0.value.string ?? $0.value.description) }
    return try? Catalogue.explainer(
      named: String(name.prefix { $0 != "_" }),
      settings: Dictionary(settings, uniquingKeysWith: { first, _ in first }))
  }

  /// The maps of inputs by the names of their files.
  private static func files(of inputs: [Input], in folder: String) -> Found {
    var found = Found()
    let name = folder.split(separator: "/").last.map(String.init) ?? folder
    let kind = MapKind(method: name, layer: "")
    for input in inputs {
      let path = paths(of: input, in: folder).first { Files.kind(of: $0) == .file }
      if let path { found.entries[kind, default: [:]][input.name] = [Entry(path: path)] }
    }
    found.kinds = found.entries.isEmpty ? [] : [kind]
    return found
  }

  /// Where the map of an input may lie: its name with or without its extension, or its last part.
  private static func paths(of input: Input, in folder: String) -> [String] {
    let last = input.name.split(separator: "/").last.map(String.init) ?? input.name
    var names: [String] = []
    for name in [input.name, last] {
      for text in [name, AnnotationFolder.stem(name)] where !names.contains(text) {
        names.append(text)
      }
    }
    return names.map { "\(folder)/\($0).npy" }
  }

  /// The map of an input for a target, on its picture.
  ///
  /// It is the one of the same text, else one of the same class; one of the same text and another class
  /// explains something else.
  /// - Throws: `Failure` where there is none, it cannot be read, or it is of another picture.
  func map(
    _ kind: MapKind, of input: Input, for target: Explained, _ facts: ImageFacts
  ) throws(Failure) -> PlacedMap {
    let found = found.entries[kind]?[input.name] ?? []
    guard !found.isEmpty else {
      throw Failure(
        .missing, input.source, "\(folder) holds no map of it",
        try: "it would be \(Self.paths(of: input, in: folder)[0])")
    }
    let written = found.filter { $0.target?.isWritten(as: target) ?? true }
    let entry =
      written.first { $0.target?.explainsSameClass(as: target) ?? true }
      ?? found.first { $0.target?.isLogit(of: target) ?? false }
    guard let entry else { throw missing(target, of: input, instead: written.first?.target) }
    if let size = entry.size, size != [facts.width, facts.height] {
      throw Failure(
        .content, input.source, "its map in \(folder) is of a picture of another size",
        try: "explain it again")
    }
    return try FinishedMap(entry.path, over: entry.region).placed(on: facts)
  }

  private func missing(
    _ target: Explained, of input: Input, instead other: Explained?
  ) -> Failure {
    let text = target.texts.sorted().joined(separator: ", ")
    if let other, let explained = other.classIndex, let measured = target.classIndex {
      return Failure(
        .missing, input.source,
        "its map of \(text) in \(folder) explains class \(explained), and class \(measured) is"
          + " measured",
        try: "explain it with this model and preset, or measure --target \(explained)")
    }
    let flag = Int(text) == nil ? text : "all"
    return Failure(
      .missing, input.source, "\(folder) holds no map of its target \(text)",
      try: "explain it with --target \(flag), or choose other metrics")
  }
}

extension Region {
  /// The part of a picture that a record states, perhaps beyond its edges; nil where it states none
  /// that a picture could have.
  fileprivate init?(_ value: JSONValue?) {
    let numbers = (value?.array ?? []).compactMap(\.number)
    let most = 1e6
    guard numbers.count == 4, numbers.allSatisfy({ abs($0) <= most }),
      min(numbers[2], numbers[3]) >= 1 / most
    else { return nil }
    self.init(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
  }
}
