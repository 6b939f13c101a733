import Foundation
import KernelLibrary
import OpenCLBackend

extension KernelLibrary {
  /// A product that is one percent too large.
  static let wrongProduct = "#define fma(a, b, c) ((a) * (b) * 1.01f + (c))"

  /// The kernels with some lines in front of a file, where it is compiled for one tile; everywhere
  /// for a tile without sizes.
  static func planted(
    _ lines: String, where tile: Tile, in path: String = "ops/conv2d.cl"
  ) throws -> KernelLibrary {
    let sizes = tile.sizes.sorted { $0.key < $1.key }
      .map { "defined(\($0.key)) && \($0.key) == \($0.value)" }
    let condition = sizes.isEmpty ? "1" : sizes.joined(separator: " && ")
    let text = """
      #if \(condition)
      \(lines)
      #endif
      \(String(decoding: try KernelLibrary().bytes(path), as: UTF8.self))
      """
    let folder = try TuningFolder()
    let file = URL(filePath: "\(folder.path)/\(path)")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return try KernelLibrary(override: folder.path)
  }
}
