/// The labels of pictures by their paths.
public struct TruthTable: Sendable {
  /// Labels by path without detours, that of the largest object first.
  private var words: [String: [String]] = [:]
  /// Labels by the last component of a path; nil where two pictures share it.
  private var wordsByName: [String: [String]?] = [:]
  /// All classes in the order of the source, where it has one.
  public private(set) var classNames: [String]?

  /// Reads a CSV file whose first line names the columns `path` and `label`.
  /// - Throws: `Failure` where it is not there or not such a table.
  public init(csv path: String) throws(Failure) {
    let text = try Self.text(path)
    let rows = CSV.rows(text)
    guard let head = rows.first?.map({ Labels.trimmed($0).lowercased() }),
      let place = head.firstIndex(of: "path"),
      let label = head.firstIndex(of: "label")
    else {
      throw Failure(
        .content, path, "its first line has no columns path and label", try: "begin with path,label"
      )
    }
    for (number, row) in rows.enumerated().dropFirst() where row != [""] {
      guard row.indices.contains(place), row.indices.contains(label) else {
        throw Failure(
          .content, path, "row \(number + 1) has \(Quantity.count(row.count, "column"))")
      }
      try add(row[place], row[label], of: path, at: number + 1)
    }
  }

  /// Reads a file of JSON objects with `path` and `label`, one a line.
  /// - Throws: `Failure` where it is not there or not such a list.
  public init(jsonl path: String) throws(Failure) {
    for (number, line) in try Self.text(path).split(whereSeparator: \.isNewline).enumerated() {
      guard let object = JSONValue(parsing: line.utf8), let place = object["path"]?.string,
        let label = object["label"]?.string ?? object["label"]?.integer.map(String.init)
      else {
        throw Failure(
          .content, path, "line \(number + 1) is no object with path and label",
          try: #"write {"path": "a.jpg", "label": "cat"}"#)
      }
      try add(place, label, of: path, at: number + 1)
    }
  }

  /// Nothing yet.
  init() {}

  /// Adds the objects of each picture of a COCO file.
  mutating func add(_ file: CocoFile) {
    classNames = classNames == nil || classNames == file.classNames ? file.classNames : []
    for image in file.images {
      let classes = file.classes(of: image)
      for path in file.paths(of: image) { words[InputList.plain(path)] = classes }
      register(classes, name: image.path)
    }
  }

  /// The labels of a picture: by the path as written, by its name in the output, by its file name;
  /// nil where it is not listed.
  func words(for input: Input) -> [String]? {
    let named = wordsByName[Self.lastComponent(input.source)] ?? nil
    return words[InputList.plain(input.source)] ?? words[input.name] ?? named
  }

  private mutating func add(
    _ path: String, _ label: String, of file: String, at line: Int
  ) throws(Failure) {
    let beside = path.hasPrefix("/") ? path : "\(Files.folder(of: file))/\(path)"
    for path in [InputList.plain(path), InputList.plain(beside)] {
      guard words.updateValue([label], forKey: path) ?? [label] == [label] else {
        throw Failure(.content, file, "row \(line) gives \(path) a second label")
      }
    }
    register([label], name: path)
  }

  private mutating func register(_ labels: [String], name path: String) {
    let name = Self.lastComponent(path)
    guard let before = wordsByName[name] else {
      wordsByName[name] = .some(labels)
      return
    }
    if before != labels { wordsByName[name] = .some(nil) }
  }

  private static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The text of a file, without a byte order mark.
  static func text(_ path: String) throws(Failure) -> String {
    let bytes = try Files.contents(of: path, limit: 1 << 29)
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.content, path, "is not UTF-8")
    }
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    return text
  }
}
