extension OutputFolder {
  /// Refuses files and folders of these names that are not of an earlier run; touches nothing.
  ///
  /// Only a `run.json` of this program says that the folder is a run's.
  /// - Throws: `Failure` of kind `usage` naming the first of them and a free name.
  public func checkOwner(of names: [String]) throws(Failure) {
    guard EarlierRun(self).status == nil else { return }
    for name in names where Files.isThere(file(name)) { throw foreign(name) }
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
