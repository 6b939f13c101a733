/// PASCAL VOC and ImageNet annotations: XML files, one for each picture, found by the picture's name.
public struct AnnotationFolder: Sendable {
  /// Files by name without extension; nil where two have the same.
  private var files: [String: String?] = [:]

  /// Finds the files below a folder.
  /// - Throws: `Failure` where it cannot be read or holds none.
  public init(_ folder: String) throws(Failure) {
    var open = [folder]
    while let next = open.popLast() {
      let names: [String]
      do throws(SystemError) {
        names = try Files.names(in: next)
      } catch {
        throw error.reading(next)
      }
      for name in names where !name.hasPrefix(".") {
        let path = "\(next)/\(name)"
        if InputList.suffix(name) == ".xml" {
          let stem = Self.stem(name)
          files[stem] = files[stem] == nil ? .some(path) : .some(nil)
        } else if Files.kind(of: path) == .folder, !Files.isLink(path) {
          open.append(path)
        }
      }
    }
    guard !files.isEmpty else {
      throw Failure(
        .content, "--truth \(folder)", "no annotations.json and no .xml below it",
        try: "for class folders say --truth folders")
    }
  }

  /// The annotation of one picture.
  public init(file: String) throws(Failure) {
    _ = try Annotation(file)
    files = [Self.stem(file): file]
  }

  /// The classes of the objects of a picture, that of the largest first; nil where there is no file
  /// for it.
  /// - Throws: `Failure` where the file cannot be read.
  func words(for input: Input) throws(Failure) -> [String]? {
    try annotation(for: input)?.classes
  }

  /// What the file for a picture says; nil where there is none.
  /// - Throws: `Failure` where the file cannot be read.
  func annotation(for input: Input) throws(Failure) -> Annotation? {
    guard let path = files[Self.stem(input.source)] ?? nil else { return nil }
    return try Annotation(path)
  }

  static func stem(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let point = name.lastIndex(of: "."), point != name.startIndex else { return String(name) }
    return String(name[..<point])
  }
}

/// The objects of one picture, as PASCAL VOC and ImageNet write them down.
struct Annotation {
  /// The classes of the objects, that of the largest box first; the first, where two are equal.
  let classes: [String]
  /// The objects in the order of the file: what stands below each, by its path.
  let objects: [[String: String]]
  /// What stands elsewhere, by its path: `size/width`, `source/database`.
  let facts: [String: String]
  /// The file.
  let path: String

  /// Reads `annotation/object/name` and `annotation/object/bndbox`, and what else is said of objects.
  init(_ path: String) throws(Failure) {
    var reader = XMLReader(try Files.contents(of: path, limit: 1 << 24))
    var stack: [String] = []
    var values: [String: String] = [:]
    var objects: [(area: Double, word: String, values: [String: String])] = []
    var facts: [String: String] = [:]
    while let event = reader.next() {
      switch event {
      case .start(let name):
        if stack.isEmpty, name != "annotation" { throw Self.foreign(path) }
        stack.append(name)
        if stack == ["annotation", "object"] { values = [:] }
        guard stack.count <= 64 else { throw Self.foreign(path) }
      case .text(let text):
        guard stack.count > 1 else { continue }
        guard stack[1] == "object" else {
          if facts.count < 256 {
            facts[stack.dropFirst().joined(separator: "/"), default: ""] += text
          }
          continue
        }
        guard stack.count > 2 else { continue }
        values[stack.dropFirst(2).joined(separator: "/"), default: ""] += text
      case .end(let name):
        guard stack.popLast() == name else { throw Self.foreign(path) }
        guard name == "object", stack.count == 1, let word = values["name"] else { continue }
        objects.append((Self.area(values), word.trimmed, values))
      }
    }
    guard stack.isEmpty, !reader.isBroken, reader.hasElements else { throw Self.foreign(path) }
    classes = objects.sorted { $0.area > $1.area }.map(\.word)
    self.objects = objects.map(\.values)
    self.facts = facts
    self.path = path
  }

  private static func area(_ values: [String: String]) -> Double {
    let ends = ["xmin", "ymin", "xmax", "ymax"].map {
      values["bndbox/\($0)"].flatMap { Double($0.trimmed) }
    }
    guard let left = ends[0], let top = ends[1], let right = ends[2], let bottom = ends[3] else {
      return 0
    }
    let area = (right - left) * (bottom - top)
    return area.isFinite ? area : 0
  }

  private static func foreign(_ path: String) -> Failure {
    Failure(.content, path, "is no PASCAL VOC annotation")
  }
}

extension String {
  /// The text without white space at its ends.
  var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace ?? false { text.removeFirst() }
    while text.last?.isWhitespace ?? false { text.removeLast() }
    return String(text)
  }
}
