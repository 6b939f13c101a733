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
  func open() throws(Failure) -> FolderLock {
    do throws(SystemError) {
      try Files.makeFolder(path)
    } catch {
      throw error.writing(path)
    }
    return try FolderLock(path)
  }

  /// Removes temporary files that a killed process left; the lock says that nobody needs them.
  func removeLeftovers(in folder: String? = nil) {
    let folder = folder ?? path
    for name in (try? Files.names(in: folder)) ?? [] {
      let file = "\(folder)/\(name)"
      if name.hasPrefix(".salient-"), name.hasSuffix(".tmp") {
        unlink(file)
      } else if folder != path || ["maps", "overlays"].contains(name), !Files.isLink(file),
        Files.kind(of: file) == .folder
      {
        removeLeftovers(in: file)
      }
    }
  }

  /// Removes the files that the records of an earlier run stand for, and the records.
  func removeEarlierRun() throws(Failure) {
    var files: Set<String> = []
    var unnamed = UnnamedFiles(self)
    for line in (try? lines()) ?? [] {
      guard let record = JSONValue(parsing: line) else { continue }
      for key in ["map", "overlay"] {
        guard let file = record[key]?.string, Self.isOurs(file) else { continue }
        files.insert(file)
      }
      if let image = record["image"]?.string, let method = record["method"]?.string {
        files.formUnion(unnamed.files(image: image, method: method).filter(Self.isOurs))
      }
    }
    for file in files {
      unlink(self.file(file))
      removeEmptyFolders(above: file)
    }
    for name in (try? Files.names(in: path)) ?? [] where Self.isSummary(name) { unlink(file(name)) }
  }

  /// Removes pages `stem-N` of an earlier, longer run, from a number of pages on.
  public func removePages(_ stem: String, _ end: String, from count: Int) {
    for name in (try? Files.names(in: path)) ?? []
    where name.hasPrefix(stem) && name.hasSuffix(end) && Self.isSummary(name) {
      let number = Int(name.dropFirst(stem.count + 1).dropLast(end.count)) ?? 1
      if number > max(1, count) { unlink(file(name)) }
    }
  }

  /// Whether a file lies where a run puts maps and pictures; records may have been tampered with.
  private static func isOurs(_ file: String) -> Bool {
    let parts = file.split(separator: "/")
    return ["maps", "overlays"].contains(parts.first ?? "") && !parts.contains("..")
  }

  /// Whether a file at the top of the folder is one of a run: `report.html`, `report-2.html`.
  static func isSummary(_ name: String) -> Bool {
    guard !["results.jsonl", "run.json"].contains(name) else { return true }
    for (stem, end) in [("report", ".html"), ("sheet", ".png")]
    where name.hasPrefix(stem) && name.hasSuffix(end) {
      let number = name.dropFirst(stem.count).dropLast(end.count)
      return number.isEmpty || (number.hasPrefix("-") && Int(number.dropFirst()) ?? 0 > 1)
    }
    return false
  }

  /// Removes maps that only the report and the sheet were drawn from.
  func removeWorkingMaps(_ paths: some Sequence<String>) {
    for path in paths {
      unlink(file(path))
      removeEmptyFolders(above: path)
    }
  }

  private func removeEmptyFolders(above file: String) {
    var folder = Files.folder(of: file)
    // `rmdir` refuses folders that hold anything.
    while folder != ".", rmdir(self.file(folder)) == 0 { folder = Files.folder(of: folder) }
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

/// Files of a run that its records do not name: raw maps, blends, and maps for the
/// report alone.
private struct UnnamedFiles {
  private let folder: OutputFolder
  private var listings: [String: [String]] = [:]

  init(_ folder: OutputFolder) {
    self.folder = folder
  }

  /// Those of one image and method, relative to the folder of the run.
  mutating func files(image: String, method: String) -> [String] {
    var found: [String] = []
    for (root, end) in [("maps", ".npy"), ("overlays", ".blend.png")] {
      let start = "\(root)/\(image).\(method)."
      let place = Files.folder(of: start)
      let names = listings[place] ?? (try? Files.names(in: folder.file(place))) ?? []
      listings[place] = names
      found += names.map { "\(place)/\($0)" }.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }
    }
    return found
  }
}
