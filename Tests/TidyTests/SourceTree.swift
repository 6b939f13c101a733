import Foundation

/// The files of the package that these tests were built from.
enum SourceTree {
  /// The root of the package.
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Every text file, sorted by path; what the build and the runs leave behind is not part of it.
  static let files: [SourceFile] = paths.filter { suffixes.contains(suffix($0)) }.compactMap {
    guard let text = try? String(contentsOf: root.appending(path: $0), encoding: .utf8) else {
      return nil
    }
    return SourceFile(path: $0, text: text)
  }

  /// The path of every file, sorted.
  static let paths: [String] = {
    var paths: [String] = []
    for top in names(in: "") where !ignored.contains(top) && !top.hasPrefix(".build") {
      collect(top, into: &paths)
    }
    return paths.sorted()
  }()

  static func swift(in folder: String) -> [SourceFile] {
    files.filter { $0.isSwift && $0.path.hasPrefix(folder + "/") }
  }

  static func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }

  /// The names of the folders in a folder.
  static func folders(in path: String) -> [String] {
    names(in: path).filter { isFolder("\(path)/\($0)") }
  }

  /// What may be written by anything but a person.
  private static let ignored: Set<String> = [
    ".git", ".gpu", ".package", "salient-out", "salient-demo", "Package.resolved",
  ]

  private static let suffixes: Set<String> = [
    "swift", "c", "h", "inc", "def", "cl", "clh", "md", "py", "sh", "json", "txt", "",
  ]

  private static func suffix(_ path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let point = name.lastIndex(of: "."), point != name.startIndex else { return "" }
    return String(name[point...].dropFirst())
  }

  private static func collect(_ path: String, into paths: inout [String]) {
    guard isFolder(path) else {
      paths.append(path)
      return
    }
    for name in names(in: path) where name != "__pycache__" {
      collect("\(path)/\(name)", into: &paths)
    }
  }

  private static func names(in path: String) -> [String] {
    let folder = root.appending(path: path).path
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder = false
    let full = root.appending(path: path).path
    return FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) && isFolder
  }
}
