/// Where the true classes of pictures are written down.
public enum TruthSource: Sendable {
  /// The name of the folder that a picture lies in.
  case folders
  /// Words by path: CSV, JSONL, COCO.
  case table(TruthTable)
  /// PASCAL VOC or ImageNet annotations: a file for each picture.
  case annotations(AnnotationFolder)
  /// A table of ImageNet's boxes.
  case boxes(BoxTable)

  /// Opens what the user named.
  /// - Parameter text: `folders`; a `.csv`, `.jsonl` or `.xml` file; COCO instances; a folder of
  ///   annotations.
  /// - Throws: `Failure` where it is not there or none of these.
  public init(_ text: String) throws(Failure) {
    guard text != "folders" else {
      self = .folders
      return
    }
    if Files.kind(of: text) == .folder {
      let stated = "\(text)/annotations.json"
      self =
        Files.kind(of: stated) == .file
        ? try TruthSource(dataSets: [stated]) : .annotations(try AnnotationFolder(text))
      return
    }
    switch InputList.suffix(text) {
    case ".csv":
      let table = try BoxTable(csv: text)
      if let table { self = .boxes(table) } else { self = .table(try TruthTable(csv: text)) }
    case ".jsonl", ".ndjson": self = .table(try TruthTable(jsonl: text))
    case ".json": try self.init(dataSets: [text])
    case ".xml": self = .annotations(try AnnotationFolder(file: text))
    default:
      guard Files.kind(of: text) != nil else {
        throw Failure(
          .missing, "--truth \(text)", "no such file",
          try: "give folders, a .csv, a .jsonl, COCO .json or a folder of .xml annotations")
      }
      throw Failure(
        .content, "--truth \(text)", "is no .csv, .jsonl, .json or .xml file",
        try: "write a CSV with the columns path and label")
    }
  }

  /// The annotations of data sets, by the paths of their files.
  /// - Throws: `Failure` where one cannot be read.
  public init(dataSets paths: [String]) throws(Failure) {
    var table = TruthTable()
    for path in paths { table.add(try CocoFile(path)) }
    self = .table(table)
  }

  /// The words that the source has for a picture, that of the largest object first; none where it
  /// has no object, nil where the source does not have the picture.
  /// - Throws: `Failure` where an annotation file cannot be read.
  func words(for input: Input) throws(Failure) -> [String]? {
    switch self {
    case .folders:
      let parts = input.source.split(separator: "/").filter { $0 != "." }
      return parts.count > 1 ? [String(parts[parts.count - 2])] : []
    case .table(let table): return table.words(for: input)
    case .annotations(let folder): return try folder.words(for: input)
    case .boxes(let table): return table.words(for: input)
    }
  }

  /// Whether it says of which pictures it knows.
  fileprivate var listsPictures: Bool {
    if case .folders = self { false } else { true }
  }

  /// All classes in an order that means something, where the source states one.
  var classNames: [String]? {
    guard case .table(let table) = self else { return nil }
    return table.classNames
  }
}

extension TargetContext {
  /// Finds the true classes of each input: that of its largest object, and those of the others.
  ///
  /// A word is an index, a label, or one of its comma-separated names, any case, `_` for blanks. Where
  /// one side has no names, the network's or the source's, and there are as many words as classes,
  /// sorted words are the classes.
  /// - Throws: `Failure` where the source cannot be read, or says nothing about any input.
  public func trueClasses(
    of inputs: [Input], from source: TruthSource, named origin: String
  ) throws(Failure) -> TrueClasses {
    var words: [Result<[String]?, Failure>] = []
    for input in inputs {
      words.append(Result { () throws(Failure) in try source.words(for: input) })
    }
    let listed: [[String]] = words.compactMap { try? $0.get() }
    let distinct = Set(listed.joined())
    let known = self.classes(of: distinct, order: source.classNames)
    let classes = words.map { words -> TrueClass in
      switch words {
      case .success(let words):
        guard let words, let first = words.first else {
          return .unknown("\(origin) has no label for it")
        }
        let largest = known.classes[first] ?? .unknown("\(origin) says nothing of it")
        guard let index = largest.index else { return largest }
        var others: [Int] = []
        for other in words.dropFirst().compactMap({ known.classes[$0]?.index })
        where other != index && !others.contains(other) {
          others.append(other)
        }
        return .known(index, others: others)
      case .failure(let failure): return .unknown(failure.description)
      }
    }
    let areRead = words.allSatisfy { if case .success = $0 { true } else { false } }
    if let first = inputs.first, source.listsPictures, areRead, distinct.isEmpty {
      guard listed.isEmpty else {
        throw Failure(
          .content, "--truth \(origin)", "has no object in any of the pictures",
          try: "name a source that says what is in them")
      }
      throw Failure(
        .content, "--truth \(origin)", "has none of the pictures; the first is \(first.source)",
        try: "they are found by their paths or names")
    }
    if !classes.isEmpty, !classes.contains(where: { $0.index != nil }) {
      let reason = classes.lazy.compactMap { answer -> String? in
        guard case .unknown(let reason) = answer else { return nil }
        return reason
      }.first
      throw Failure(
        .content, "--truth \(origin)",
        "tells the class of no input\(reason.map { "; of the first: \($0)" } ?? "")",
        try: "labels must be those of the network; give --labels, or indices")
    }
    return TrueClasses(classes: classes, areByPosition: known.areByPosition)
  }

  /// The classes that words stand for; names that are not the network's stand for none.
  func classes(of words: Set<String>, order: [String]?) -> WordClasses {
    var classes: [String: TrueClass] = [:]
    for word in words { classes[word] = trueClass(word) }
    let isForeign = !classes.values.contains { $0.index != nil }
    let names = order ?? words.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let isNameless = labels == nil || names.allSatisfy(WordClasses.isNumber)
    guard isForeign, isNameless, names.count == classCount else {
      return WordClasses(classes: classes, areByPosition: false)
    }
    for (index, name) in names.enumerated() { classes[name] = .known(index) }
    return WordClasses(classes: classes, areByPosition: true)
  }

  private func trueClass(_ word: String) -> TrueClass {
    if let index = Int(word) {
      return (0..<classCount).contains(index)
        ? .known(index) : .unknown("its class \(word) is none of 0...\(classCount - 1)")
    }
    guard let labels else {
      return .unknown("its class \(word) is no index, and the model states no labels")
    }
    for form in [word, word.replacing("_", with: " ")] {
      let fitting = labels.indices(named: form)
      if fitting.count == 1, let index = fitting.first { return .known(index) }
      guard fitting.isEmpty else {
        return .unknown("\(fitting.count) labels read \(word)")
      }
    }
    return .unknown("its class \(word) is none of the network's labels")
  }
}
