import FoundationEssentials

/// Path to OpenCL source: the embedded `Kernels/` folder, optionally overridden by one on disk.
///
/// All files are read once, when the library is made, so that every program of a session comes
/// from the same text. Paths are relative to `Kernels/`: `ops/relu.cl`, `common/indexing.clh`,
/// `tuning/avx512.json`.
public struct KernelLibrary: Sendable {
  private let files: [String: [UInt8]]
  /// The sets that name a file.
  private let sets: [String: String]

  /// A 64-bit FNV-1a hash of every path and every byte, as 16 hexadecimal digits.
  ///
  /// It tells versions apart; it does not withstand someone who wants a collision.
  public let fingerprint: String

  /// How many embedded files the folder replaces.
  public let replacedCount: Int

  /// Makes a library from the embedded files and, where given, a folder that replaces some.
  ///
  /// - Parameter folder: a folder laid out as `Kernels/`. Its `.cl`, `.clh` and `.json` files
  ///   win; embedded files fill the gaps. What nothing includes is left out.
  /// - Throws: `folderMissing`, `unreadable`, or `nothingReplaced`.
  public init(override folder: String? = nil) throws(KernelLibraryError) {
    let embedded = EmbeddedKernels.load()
    guard let folder else {
      self.init(files: embedded)
      return
    }
    let found = try Self.files(in: folder, beside: Set(embedded.keys))
    let replaced = found.keys.filter { embedded[$0] != nil }
    guard !replaced.isEmpty else { throw .nothingReplaced(folder) }
    let merged = embedded.merging(found) { _, override in override }
    var used = Set(embedded.keys).union(found.keys.filter(Self.isTable))
    for path in embedded.keys {
      var expansion = IncludeExpansion(files: merged)
      // What cannot be expanded is said where it is built.
      try? expansion.append(path, from: nil)
      used.formUnion(expansion.includes)
    }
    self.init(files: merged.filter { used.contains($0.key) }, replacedCount: replaced.count)
  }

  /// Whether a path is that of a table of measured sizes, which no file includes.
  private static func isTable(_ path: String) -> Bool {
    path.hasPrefix("tuning/") && path.hasSuffix(".json")
  }

  /// Makes a library from files in memory.
  ///
  /// - Parameters:
  ///   - files: path to contents.
  ///   - replacedCount: how many of them stand in the place of embedded ones.
  package init(files: [String: [UInt8]], replacedCount: Int = 0) {
    self.files = files
    self.replacedCount = replacedCount
    sets = Self.sets(in: files)
    fingerprint = Self.hash(files)
  }

  /// Every path of the library, sorted.
  public var paths: [String] { files.keys.sorted() }

  /// Returns the contents of one file, unexpanded.
  ///
  /// - Throws: `missing`.
  public func bytes(_ path: String) throws(KernelLibraryError) -> [UInt8] {
    guard let bytes = files[path] else { throw .missing(path: path, includedFrom: nil) }
    return bytes
  }

  /// Returns one file with its includes expanded.
  ///
  /// `#include "common/x.clh"` is relative to `Kernels/` wherever it stands. A file is expanded at
  /// its first mention only, so headers need no guards, but an include inside `#if` counts even
  /// where the condition does not hold.
  /// - Throws: `missing`, `cycle` or `badInclude`.
  public func source(_ path: String) throws(KernelLibraryError) -> KernelSource {
    var expansion = IncludeExpansion(files: files)
    try expansion.append(path, from: nil)
    return KernelSource(path: path, text: expansion.text, includes: expansion.includes)
  }

  /// The file of `sets/` that includes a kernel file, to be built once for all that it includes.
  ///
  /// Drivers spend more on their own headers than on our text: PoCL 30 ms for each program, even
  /// where its cache holds the kernels.
  /// - Returns: its path; nil where the kernel is specialised by defines, and so built by itself.
  public func set(holding path: String) -> String? { sets[path] }

  private static func sets(in files: [String: [UInt8]]) -> [String: String] {
    var sets: [String: String] = [:]
    for path in files.keys where path.hasPrefix("sets/") {
      var expansion = IncludeExpansion(files: files)
      guard (try? expansion.append(path, from: nil)) != nil else { continue }
      for include in expansion.includes { sets[include] = path }
    }
    return sets
  }

  private static let suffixes = [".cl", ".clh", ".json"]

  private static func files(
    in folder: String, beside known: Set<String>
  ) throws(KernelLibraryError) -> [String: [UInt8]] {
    let manager = FileManager.default
    var isFolder = false
    guard manager.fileExists(atPath: folder, isDirectory: &isFolder), isFolder,
      let paths = try? manager.subpathsOfDirectory(atPath: folder)
    else { throw .folderMissing(folder) }
    // The list goes through no links.
    let linked = known.filter { manager.fileExists(atPath: "\(folder)/\($0)") }
    var files: [String: [UInt8]] = [:]
    for path in linked.union(paths) where suffixes.contains(where: path.hasSuffix) {
      do {
        files[path] = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(path)")))
      } catch {
        throw .unreadable(path: "\(folder)/\(path)", reason: "\(error)")
      }
    }
    return files
  }

  /// A hash of one kernel file and everything that it includes, as 16 hexadecimal digits.
  ///
  /// - Throws: as `source`.
  public func fingerprint(of path: String) throws(KernelLibraryError) -> String {
    var hash = Fingerprint()
    hash.add(try source(path).text.utf8)
    return hash.digits
  }

  private static func hash(_ files: [String: [UInt8]]) -> String {
    var hash = Fingerprint()
    for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
      // The lengths keep ("a", "bc") and ("ab", "c") apart.
      hash.add("\(path.utf8.count) \(bytes.count) ".utf8)
      hash.add(path.utf8)
      hash.add(bytes)
    }
    return hash.digits
  }
}
