import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The files in which others are written before they are renamed: `FILE.PID-NUMBER.tmp`.
extension CacheFile {
  /// The seconds after which nobody writes any more.
  private static let patience = 3600.0

  /// A name for a file that is to become another one.
  static func neighbour(of path: String) -> String {
    "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).tmp"
  }

  /// Removes the neighbours in a file's folder whose writers were killed: those of our names that
  /// are an hour old.
  static func removeStaleNeighbours(of path: String) {
    let folder = Self.folder(of: path)
    for name in names(in: folder.isEmpty ? "." : folder) where isNeighbour(name) {
      let stale = folder.isEmpty ? name : "\(folder)/\(name)"
      guard let facts = try? FileManager.default.attributesOfItem(atPath: stale),
        facts[.type] as? FileAttributeType == .typeRegular,
        let date = facts[.modificationDate] as? Date, -date.timeIntervalSinceNow > patience
      else { continue }
      remove(stale)
    }
  }

  private static func isNeighbour(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 2, parts.last == "tmp" else { return false }
    let numbers = parts[parts.count - 2].split(separator: "-", omittingEmptySubsequences: false)
    return numbers.count == 2 && numbers.allSatisfy { UInt32($0) != nil }
  }
}
