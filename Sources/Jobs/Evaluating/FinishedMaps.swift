import Imaging

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
    var target: Explained?
    /// The part of its picture that the map covers, and the size of the picture; nil where nobody says.
    var region: Region?
    var size: [Int]?
  }

  /// What a map explains.
  struct Explained: Sendable, Hashable {
    /// The target as it was written, in every way.
    var texts: Set<String>
    /// Its class; nil where it has none.
    let classIndex: Int?
    /// Whether it is the plain logit of the class.
    let isPlain: Bool

    /// Whether a map of one is a map of the other, as they were written.
    func isWritten(as other: Explained) -> Bool { !texts.isDisjoint(with: other.texts) }

    /// Whether nobody says that the classes differ.
    func mayBeClass(of other: Explained) -> Bool {
      classIndex == nil || other.classIndex == nil || classIndex == other.classIndex
    }

    /// Whether both are the plain logit of one class.
    func isLogit(of other: Explained) -> Bool {
      isPlain && other.isPlain && classIndex != nil && classIndex == other.classIndex
    }
  }

  private var entries: [MapKind: [String: [Entry]]] = [:]

  /// Finds the maps of inputs in a folder.
  /// - Throws: `Failure` where it is not there, or holds a map of none of them.
  public init(_ folder: String, of inputs: [Input]) throws(Failure) {
    self.folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    guard Files.kind(of: folder) == .folder else {
      let isThere = Files.kind(of: folder) != nil
      throw Failure(
        isThere ? .content : .missing, "--maps \(folder)",
        isThere ? "is no folder" : "no such folder",
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
              texts: [key.target], classIndex: record["target"]?["index"]?.integer,
              isPlain: Self.isPlain(key.target)), region: Region(record["region"]),
            size: record["size"]?.array?.compactMap(\.integer)))
      }
      self.kinds = kinds
    } else {
      let name = self.folder.split(separator: "/").last.map(String.init) ?? self.folder
      let kind = MapKind(method: name, layer: "")
      for input in inputs {
        for path in Self.paths(of: input, in: self.folder) where Files.kind(of: path) == .file {
          entries[kind, default: [:]][input.name] = [Entry(path: path)]
          break
        }
      }
      kinds = entries[kind] == nil ? [] : [kind]
    }
    guard inputs.contains(where: { input in entries.values.contains { $0[input.name] != nil } })
    else {
      let example = inputs.first.map { Self.paths(of: $0, in: self.folder)[0] } ?? "INPUT.npy"
      throw Failure(
        .content, "--maps \(folder)", "holds a map of no input",
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

  /// The map of an input for a target, on its picture.
  ///
  /// It is the one of the same text, else one of the same class; one of the same text and another class
  /// explains something else.
  /// - Throws: `Failure` where there is none, it cannot be read, or it is of another picture.
  func map(
    _ kind: MapKind, of input: Input, for target: Explained, _ facts: ImageFacts
  ) throws(Failure) -> FinishedMap.Placed {
    let found = entries[kind]?[input.name] ?? []
    guard !found.isEmpty else {
      throw Failure(
        .missing, input.source, "\(folder) holds no map of it",
        try: "it would be \(Self.paths(of: input, in: folder)[0])")
    }
    let written = found.filter { $0.target?.isWritten(as: target) ?? true }
    let entry =
      written.first { $0.target?.mayBeClass(of: target) ?? true }
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
  /// The part of a picture that a record states; nil where it states none.
  fileprivate init?(_ value: JSONValue?) {
    let numbers = (value?.array ?? []).compactMap(\.number)
    guard numbers.count == 4, numbers[2] > 0, numbers[3] > 0 else { return nil }
    self.init(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
  }
}
