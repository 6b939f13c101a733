#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension OutputFolder {
  /// Makes the folder and locks it; the lock lasts as long as the value that is returned.
  /// - Throws: `Failure` where it cannot be written or another process works in it.
  package func open() throws(Failure) -> FolderLock {
    do throws(SystemError) {
      try Files.makeFolder(path)
    } catch {
      throw error.writing(path)
    }
    return try FolderLock(path)
  }

  /// Removes temporary files that a killed process left; the lock says that nobody needs them.
  package func removeLeftovers(in folder: String? = nil) {
    let folder = folder ?? path
    for name in (try? Files.names(in: folder)) ?? [] {
      let file = "\(folder)/\(name)"
      if name.hasPrefix(".salient-"), name.hasSuffix(".tmp") {
        unlink(file)
      } else if folder != path || ["maps", "overlays", "state"].contains(name),
        !Files.isLink(file),
        Files.kind(of: file) == .folder
      {
        removeLeftovers(in: file)
      }
    }
  }

  /// Removes the files that the records of an earlier run stand for, and the records.
  ///
  /// Names are made from the records, never matched: a file beside them stays.
  package func removeEarlierRun() throws(Failure) {
    let earlier = EarlierRun(self)
    remove(recordedFiles(of: earlier))
    for name in earlier.shown.files + [records, "run.json"] { unlink(file(name)) }
  }

  /// The maps and pictures that the records of an earlier run stand for, relative to the folder.
  func recordedFiles(of earlier: EarlierRun) -> Set<String> {
    var names: [MapName: String] = [:]
    for place in earlier.places {
      names[MapName(target: place.target, layer: place.layer)] = place.name
    }
    var files: Set<String> = []
    for line in (try? lines()) ?? [] {
      guard let record = JSONValue(parsing: line) else { continue }
      files.formUnion(["map", "overlay"].compactMap { record[$0]?.string })
      guard let image = record["image"]?.string, let key = MapKey(record),
        let name = names[MapName(target: key.target, layer: key.layer)]
      else { continue }
      files.formUnion(MapFiles(image: image, method: key.method, place: name).all(earlier.keeps))
    }
    return files.filter(Self.isOurs)
  }

  private struct MapName: Hashable {
    let target: String
    let layer: String
  }

  /// Removes pages of a report or sheets that no longer show anything.
  public func remove(_ old: RunRecord.Shown, except new: RunRecord.Shown) {
    let kept = Set(new.files)
    for name in old.files where !kept.contains(name) { unlink(file(name)) }
  }

  /// Whether a file lies where a run puts maps and pictures; records may have been tampered with.
  private static func isOurs(_ file: String) -> Bool {
    let parts = file.split(separator: "/")
    return ["maps", "overlays"].contains(parts.first ?? "") && !parts.contains("..")
  }

  /// Removes files, given relative to the folder, and the folders that they leave empty.
  package func remove(_ files: Set<String>) {
    for path in files { unlink(file(path)) }
    // Once for each folder: to look whether one is empty takes as long as it is large.
    let folders = Set(files.map { Files.folder(of: $0) })
    for folder in folders.sorted(by: { $0.utf8.count > $1.utf8.count }) {
      removeIfEmpty(folder)
    }
  }

  private func removeIfEmpty(_ folder: String) {
    var folder = folder
    // `rmdir` refuses folders that hold anything.
    while folder != ".", folder != "/", rmdir(file(folder)) == 0 {
      folder = Files.folder(of: folder)
    }
  }

  /// What is left of an earlier run: for each image its lines, where all its maps are there.
  func finished(_ expected: Set<MapKey>) throws(Failure) -> [String: [ArraySlice<UInt8>]] {
    guard Files.kind(of: resultsPath) == .file else { return [:] }
    var images: [String: [ArraySlice<UInt8>]] = [:]
    var keys: [String: Set<MapKey>] = [:]
    for line in try lines() {
      guard let record = JSONValue(parsing: line), let image = record["image"]?.string,
        let key = MapKey(record), expected.contains(key)
      else { continue }
      let named = ["map", "overlay"].compactMap { record[$0]?.string }
      guard named.allSatisfy({ Files.kind(of: file($0)) == .file }) else { continue }
      guard keys[image, default: []].insert(key).inserted else { continue }
      images[image, default: []].append(line)
    }
    return images.filter { $0.value.count == expected.count }
  }
}
