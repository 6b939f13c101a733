/// Walks words and folders and collects files.
struct InputFinder {
  /// A file that may be an input.
  struct Found {
    let path: String
    /// The name, were this the only word: the path inside the folder.
    let inside: String
    var failure: Failure?
  }

  private let output: Files.Identity?
  private(set) var found: [Found] = []
  private(set) var passedOver: [String: Int] = [:]
  private(set) var outputFolders: [String] = []
  private(set) var dataSets: [String] = []

  /// A finder that passes over one folder.
  init(output: Files.Identity?) {
    self.output = output
  }

  /// Adds a file, or everything in a folder.
  /// - Throws: `Failure` where a data set cannot be read.
  mutating func add(_ path: String) throws(Failure) {
    guard Files.kind(of: path) == .folder else {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      found.append(Found(path: path, inside: name))
      return
    }
    let root = path.hasSuffix("/") ? String(path.dropLast()) : path
    try walk(root.isEmpty ? "/" : root, inside: "")
  }

  private mutating func walk(_ folder: String, inside: String) throws(Failure) {
    let names: [String]
    do throws(SystemError) {
      names = try Files.names(in: folder)
    } catch {
      let failure = error.reading(folder)
      found.append(Found(path: folder, inside: inside, failure: failure))
      return
    }
    if names.contains("run.json") || Files.identity(of: folder) == output {
      outputFolders.append(folder)
      return
    }
    if names.contains("annotations.json") {
      try addDataSet(folder, inside: inside)
      return
    }
    for name in names where !name.hasPrefix(".") {
      let path = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
      let inner = inside.isEmpty ? name : "\(inside)/\(name)"
      switch Files.kind(of: path) {
      case .folder where Files.isLink(path): break
      case .folder: try walk(path, inside: inner)
      case nil where name.contains("\u{FFFD}"):
        let failure = Failure(.missing, path, "its name is not UTF-8", try: "rename it")
        found.append(Found(path: path, inside: inner, failure: failure))
      case .some, nil:
        // What is no file after all, a pipe or a link to nothing, fails alone when it is opened.
        if InputList.extensions.contains(InputList.suffix(name)) {
          found.append(Found(path: path, inside: inner))
        } else {
          passedOver[InputList.suffix(name), default: 0] += 1
        }
      }
    }
  }

  /// The pictures of a data set are those that its file lists: masks beside them are none.
  private mutating func addDataSet(_ folder: String, inside: String) throws(Failure) {
    let path = "\(folder)/annotations.json"
    for file in try CocoFile(path).files() {
      let inner = inside.isEmpty ? file.inside : "\(inside)/\(file.inside)"
      found.append(Found(path: file.path, inside: inner))
    }
    dataSets.append(path)
  }
}
