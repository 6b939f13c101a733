extension Job {
  /// Refuses a folder where the run would take the place of what is not an earlier run's; touches
  /// nothing.
  ///
  /// - Parameter record: the run that is to begin or to go on.
  /// - Throws: `Failure` of kind `usage`, naming what is in the way and a free folder.
  public func checkFolder(against record: RunRecord) throws(Failure) {
    try folder.check(against: record)
    let earlier = EarlierRun(folder)
    for name in ["run.json", folder.records] where Files.isThere(folder.file(name)) {
      guard Files.kind(of: folder.file(name)) == .file else { throw folder.foreign(name) }
    }
    let shown = Set(earlier.shown.files)
    for name in closingFiles.files where !shown.contains(name) {
      if Files.isThere(folder.file(name)) { throw folder.foreign(name) }
    }
    for name in resultFolders { try checkResults(in: name, earlier) }
  }

  /// The folders that maps and pictures go to.
  private var resultFolders: [String] {
    (keeps.contains(.map) || keeps.contains(.raw) || needsWorkingMaps ? ["maps"] : [])
      + (keeps.contains(.overlay) || keeps.contains(.blend) ? ["overlays"] : [])
  }

  /// Refuses a file that the run would write and that no record of the earlier run names.
  ///
  /// A run that was stopped leaves files that have no record yet: those of its folders are its own.
  private func checkResults(in name: String, _ earlier: EarlierRun) throws(Failure) {
    guard Files.isThere(folder.file(name)) else { return }
    guard Files.kind(of: folder.file(name)) == .folder else { throw folder.foreign(name) }
    let files = folder.files(below: name)
    guard let first = files.first else { return }
    guard let status = earlier.status else { throw folder.foreign(first) }
    guard status == .finished, folder.mode != .resume else { return }
    let others = Set(files).subtracting(folder.recordedFiles(of: earlier))
    guard !others.isEmpty else { return }
    for input in inputs {
      for method in methods {
        for place in places {
          let files = MapFiles(image: input.name, method: method.name, place: place.name)
          if let file = files.all(keeps).first(where: others.contains)
            ?? overlays(files).first(where: others.contains)
          {
            throw folder.foreign(file)
          }
        }
      }
    }
  }

  /// The picture with the map, by either of its names.
  private func overlays(_ files: MapFiles) -> [String] {
    keeps.contains(.overlay) ? [true, false].map { files.overlay(isJPEG: $0) } : []
  }
}
