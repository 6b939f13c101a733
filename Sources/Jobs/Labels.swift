import Saliency

/// The names of a network's classes.
public struct Labels: Sendable, Hashable {
  /// One name for each class, in order.
  public let names: [String]
  /// Where they come from, for the header: a file's name, `the model`.
  public let origin: String
  /// The WordNet numbers of the classes, `n02123045`, in order; empty where they have none.
  let synsets: [String]

  /// Names.
  public init(_ names: [String], origin: String, synsets: [String] = []) {
    self.names = names
    self.origin = origin
    self.synsets = synsets
  }

  /// Reads one label a line, or JSON: a list of names, or an object from index to name.
  /// - Throws: `Failure` where the file is not there, is not such a list or has the wrong length.
  public init(file path: String, classCount: Int) throws(Failure) {
    let bytes = try Files.contents(of: path, limit: 1 << 26)
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.content, path, "labels must be UTF-8, one a line, or JSON")
    }
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    let first = text.first { !$0.isWhitespace }
    if first == "[" || first == "{" {
      guard let names = JSONValue(parsing: text.utf8).flatMap(Labels.names) else {
        throw Failure(
          .content, path, "is not a JSON list of labels",
          try: #"write ["cat", "dog"] or {"0": "cat", "1": "dog"}"#)
      }
      self.names = names
    } else {
      var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
      self.names = lines.map { Labels.trimmed($0) }
    }
    self.origin = path
    self.synsets = []
    guard names.count == classCount else {
      throw Failure(
        .content, path, "\(Quantity.count(names.count, "label")) for \(classCount) classes",
        try: "give one label for each class, or --labels none")
    }
  }

  /// The name of a class, or nil where there is none.
  public subscript(index: Int) -> String? {
    names.indices.contains(index) ? names[index] : nil
  }

  /// The classes that a word stands for: its whole label, or one of the names in it between commas.
  public func indices(named word: String) -> [Int] {
    let wanted = Labels.trimmed(word).lowercased()
    let whole = names.indices.filter { names[$0].lowercased() == wanted }
    guard whole.isEmpty else { return whole }
    if let synset = synsets.firstIndex(of: wanted) { return [synset] }
    return names.indices.filter { index in
      names[index].split(separator: ",").contains { Labels.trimmed($0).lowercased() == wanted }
    }
  }

  /// What may be meant by a word that is no label: the nearest, else all where they are few.
  func suggestion(for word: String) -> String? {
    let nearest = nearest(to: word)
    if !nearest.isEmpty { return "nearest: \(nearest.joined(separator: ", "))" }
    return names.count <= 20 ? "there are \(names.joined(separator: ", "))" : nil
  }

  /// `tabby (281)`, the labels nearest to a word, at most three.
  private func nearest(to word: String) -> [String] {
    var parts: [String] = []
    var classes: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      for part in [name] + name.split(separator: ",").map(Labels.trimmed)
      where !part.isEmpty && classes[part] == nil {
        classes[part] = index
        parts.append(part)
      }
    }
    return Spelling.nearest(to: word, among: parts).map { "\($0) (\(classes[$0] ?? 0))" }
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    var scalars = String(text).unicodeScalars[...]
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return String(String.UnicodeScalarView(scalars))
  }

  /// `["cat"]`, `{"0": "cat"}`, or `{"0": ["n02123045", "tabby"]}` as Keras has it.
  private static func names(_ json: JSONValue) -> [String]? {
    switch json {
    case .array(let elements):
      let names = elements.compactMap(\.string)
      return names.count == elements.count ? names : nil
    case .object(let members):
      var names = [String?](repeating: nil, count: members.count)
      for member in members {
        guard let index = Int(member.key), names.indices.contains(index), names[index] == nil,
          let name = member.value.string ?? member.value.array?.last?.string
        else { return nil }
        names[index] = name
      }
      return names.compactMap { $0 }
    default: return nil
    }
  }
}
