/// A folder of finished maps: of an earlier run of `explain`, or `<input>.npy` of any tool.
public struct FinishedMaps: Sendable {
  /// The kinds of maps in it, in the order in which they first occur.
  public let kinds: [MapKind]
  /// The folder, as the user wrote it.
  public let folder: String

  /// Whether another tool made them, so that nobody says what of a picture they cover.
  public let areForeign: Bool

  private struct Entry: Sendable {
    let path: String
    /// What the map explains; nil where nobody says.
    let target: Explained?
  }

  /// What a map explains: the target as it was written, in every way, and its class, where it is the
  /// plain logit of one.
  struct Explained: Sendable, Hashable {
    var texts: Set<String>
    let classIndex: Int?
  }

  private var entries: [MapKind: [String: [Entry]]] = [:]

  /// Finds the maps of inputs in a folder.
  /// - Throws: `Failure` where it is not there, or holds a map of none of them.
  public init(_ folder: String, of inputs: [Input]) throws(Failure) {
    self.folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    guard Files.kind(of: folder) == .folder else {
      throw Failure(
        .missing, "--maps \(folder)",
        Files.kind(of: folder) == nil ? "no such folder" : "no folder",
        try: "name the -o of an explain run, or a folder of INPUT.npy")
    }
    areForeign = Files.kind(of: "\(self.folder)/results.jsonl") != .file
    if !areForeign {
      var kinds: [MapKind] = []
      for line in try OutputFolder(self.folder, mode: .resume).recordLines() {
        guard let record = JSONValue(parsing: line), let key = MapKey(record),
          let image = record["image"]?.string, let path = record["map"]?.string,
          !path.split(separator: "/").contains("..")
        else { continue }
        let kind = MapKind(method: key.method, layer: key.layer)
        if entries[kind] == nil { kinds.append(kind) }
        entries[kind, default: [:]][image, default: []].append(
          Entry(
            path: "\(self.folder)/\(path)",
            target: Explained(
              texts: [key.target],
              classIndex: Self.isPlain(key.target) ? record["target"]?["index"]?.integer : nil)))
      }
      self.kinds = kinds
    } else {
      let name = self.folder.split(separator: "/").last.map(String.init) ?? self.folder
      let kind = MapKind(method: name, layer: "")
      for input in inputs {
        for path in Self.paths(of: input, in: self.folder) where Files.kind(of: path) == .file {
          entries[kind, default: [:]][input.name] = [Entry(path: path, target: nil)]
          break
        }
      }
      kinds = entries[kind] == nil ? [] : [kind]
    }
    guard inputs.contains(where: { input in entries.values.contains { $0[input.name] != nil } })
    else {
      let example = inputs.first.map { Self.paths(of: $0, in: self.folder)[0] } ?? "INPUT.npy"
      throw Failure(
        .missing, "--maps \(folder)", "holds a map of no input",
        try: "the map of the first would be \(example)")
    }
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

  /// Whether a target is the plain logit of a class, and nothing stands before that.
  private static func isPlain(_ text: String) -> Bool {
    let lower = text.lowercased()
    return !["not:", "prob:", "logprob:"].contains { lower.hasPrefix($0) }
  }

  /// The map of an input for a target: the one of the same text, else one of the same class.
  /// - Throws: `Failure` where there is none, or it cannot be read.
  func map(
    _ kind: MapKind, of input: Input, for target: Explained
  ) throws(Failure) -> FinishedMap {
    let found = entries[kind]?[input.name] ?? []
    guard !found.isEmpty else {
      throw Failure(
        .missing, input.source, "\(folder) holds no map of it",
        try: "it would be \(Self.paths(of: input, in: folder)[0])")
    }
    let entry =
      found.first { $0.target.map { !$0.texts.isDisjoint(with: target.texts) } ?? true }
      ?? found.first { entry in
        target.classIndex != nil && entry.target?.classIndex == target.classIndex
      }
    guard let entry else {
      throw Failure(
        .missing, input.source,
        "\(folder) holds no map of its target \(target.texts.sorted().joined(separator: ", "))",
        try: "explain it with --target truth, or choose other metrics")
    }
    return try FinishedMap(entry.path, coversRegion: !areForeign)
  }
}
