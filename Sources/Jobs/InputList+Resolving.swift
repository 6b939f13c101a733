import Imaging

/// What the user named as inputs, and what must be known to find the images among it.
public struct InputRequest: Sendable {
  /// The words on the command line: files, folders, `@LIST`, `-`.
  public var words: [String]
  /// The lines of the standard input, where `-` is among the words.
  public var standardInput: @Sendable () throws(Failure) -> [UInt8]
  /// The folder that outputs go to; passed over.
  public var outputFolder: String

  /// A request.
  public init(
    words: [String], outputFolder: String,
    standardInput: @escaping @Sendable () throws(Failure) -> [UInt8] = { [] }
  ) {
    self.words = words
    self.outputFolder = outputFolder
    self.standardInput = standardInput
  }
}

extension InputList {
  /// Finds the images that the words stand for, in order, and gives each its name.
  ///
  /// Files that are there and cannot be used stay in the list as failures, so that the rest is done.
  /// - Throws: `Failure` where the words make no sense: a list or data set that cannot be read, two
  ///   inputs of one name.
  public init(resolving request: InputRequest) throws(Failure) {
    self.init()
    var finder = InputFinder(output: Files.identity(of: request.outputFolder))
    var isSingle = request.words.count == 1
    for word in request.words {
      if word == "-" || word.hasPrefix("@") {
        isSingle = false
        for path in try InputList.lines(of: word, request) { try finder.add(path) }
      } else {
        try finder.add(word)
      }
    }
    self.passedOver = finder.passedOver
    self.outputFolders = finder.outputFolders
    self.dataSets = finder.dataSets
    for found in finder.found {
      let isInside = isSingle && !found.inside.isEmpty
      let name = isInside ? found.inside : InputList.plain(found.path)
      if let failure = found.failure {
        inputs.append(Input(name: name, source: found.path, file: .failure(failure)))
      } else {
        inputs += InputList.rows(of: found.path, name: name)
      }
    }
    try refuseCollisions()
  }

  /// Whether a path leads anywhere.
  public static func exists(_ path: String) -> Bool { Files.kind(of: path) != nil }

  /// The names in a folder, sorted; none where it cannot be read.
  public static func names(in folder: String) -> [String] { (try? Files.names(in: folder)) ?? [] }

  /// The bytes of a small file, at most 64 MiB.
  /// - Throws: `Failure` where it is not there, larger, or cannot be read.
  public static func contents(of path: String) throws(Failure) -> [UInt8] {
    try Files.contents(of: path, limit: 1 << 26)
  }

  /// A path without leading `/`, `./` and `../`, and without detours inside.
  static func plain(_ path: String) -> String {
    var components: [Substring] = []
    for component in path.split(separator: "/") where component != "." {
      if component == ".." {
        if !components.isEmpty { components.removeLast() }
      } else {
        components.append(component)
      }
    }
    return components.joined(separator: "/")
  }

  /// The extension of a name with its point, in lower case; empty where there is none.
  static func suffix(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let point = name.lastIndex(of: "."), point != name.startIndex else { return "" }
    return name[point...].lowercased()
  }

  /// The extensions of files that folders are searched for.
  static let extensions: Set<String> = [".png", ".jpg", ".jpeg", ".npy"]

  private static func lines(of word: String, _ request: InputRequest) throws(Failure) -> [String] {
    let bytes: [UInt8]
    if word == "-" {
      bytes = try request.standardInput()
    } else {
      let path = String(word.dropFirst())
      guard !path.isEmpty else {
        throw Failure(.usage, "@", "names no list", try: "write @LIST, a file with one path a line")
      }
      bytes = try Files.contents(of: path, limit: 1 << 30)
    }
    guard PictureFormat(bytes) == nil, !bytes.starts(with: NPYHeader.magic) else {
      throw Failure(
        .content, word, "an image, where a list of paths is read",
        try: word == "-" ? "name the file, or write its path into the pipe" : "leave out the @")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.content, word, "a list of paths must be UTF-8")
    }
    var lines: [String] = []
    for line in text.split(whereSeparator: \.isNewline) {
      guard !line.contains("\0") else { throw Failure(.content, word, "not a list of paths") }
      lines.append(String(line))
    }
    return lines
  }

  private static func rows(of path: String, name: String) -> [Input] {
    let file: Input.File
    do throws(Failure) {
      file = try open(path)
    } catch {
      return [Input(name: name, source: path, file: .failure(error))]
    }
    guard case .array(let stack) = file, stack.isStack else {
      return [Input(name: name, source: path, file: .success(file))]
    }
    return (0..<stack.rowCount).map { row in
      Input(name: "\(name).\(row)", source: path, row: row, file: .success(file))
    }
  }

  /// A file named by its extension or, without one that is known, by its first bytes.
  private static func open(_ path: String) throws(Failure) -> Input.File {
    guard suffix(path) == ".npy" else { return .picture(try PictureSource(path)) }
    let file = try NPYFile(path)
    guard (3...4).contains(file.shape.rank), !file.shape.extents.contains(0) else {
      throw Failure(
        .content, path, "is \(file.shape)",
        try: "an input is [C,H,W] or [N,C,H,W] with C of the network")
    }
    return .array(file)
  }

  private func refuseCollisions() throws(Failure) {
    var sources: [String: Input] = [:]
    for input in inputs {
      if let other = sources.updateValue(input, forKey: input.name) {
        throw Failure(
          .usage, input.source,
          "has the same name in the output, \(input.name), as \(other.source)",
          try: "give each input once, or explain them into two folders with -o")
      }
    }
  }
}
