extension OutputFolder {
  /// Refuses files and folders of these names that are not of an earlier run; touches nothing.
  ///
  /// Only a `run.json` of this program says that the folder is a run's.
  /// - Throws: `Failure` of kind `usage` naming the first of them and a free name.
  public func checkOwner(of names: [String]) throws(Failure) {
    guard EarlierRun(self).status == nil else { return }
    for name in names where Files.isThere(file(name)) { throw foreign(name) }
  }

  /// Refuses an input that is one of the files of these names, whatever its path; touches nothing.
  /// - Parameters:
  ///   - input: the path of the input.
  ///   - flag: how the user gave it.
  ///   - names: the files that a run writes or removes.
  /// - Throws: `Failure` of kind `usage` naming a free folder.
  package func checkApart(
    from input: String, given flag: String, names: [String]
  ) throws(Failure) {
    guard let identity = Files.identity(of: input) else { return }
    for name in names where Files.identity(of: file(name)) == identity {
      throw Failure(
        .usage, "\(flag) \(input)", "is \(name) of -o \(path), which the run would replace",
        try: "copy it to another place, or write to -o \(freeName)")
    }
  }

  /// Something lies where a run would write.
  func foreign(_ name: String) -> Failure {
    Failure(
      .usage, "-o \(path)", "holds \(name), which is not of an earlier run",
      try: "write to -o \(freeName)")
  }

  /// All files below one of its folders, relative to the folder of the run; links are not followed.
  func files(below name: String) -> [String] {
    var files: [String] = []
    var open = [name]
    while let next = open.popLast() {
      for name in (try? Files.names(in: file(next))) ?? [] {
        let path = "\(next)/\(name)"
        if Files.kind(of: file(path)) == .folder, !Files.isLink(file(path)) {
          open.append(path)
        } else {
          files.append(path)
        }
      }
    }
    return files
  }
}
