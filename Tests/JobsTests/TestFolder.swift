import Foundation
import Jobs

/// A folder that is removed with the value.
final class TestFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "salient-jobs-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes text to a file, and makes the folders above it.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }

  /// Writes bytes to a file, and makes the folders above it.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let url = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// The first bytes of a PNG picture: enough to be listed, not to be decoded.
  static let picture: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// The inputs that words stand for; each is relative to the folder.
  func inputs(_ words: String..., output: String = "out") throws -> InputList {
    try InputList(
      resolving: InputRequest(
        words: words.map { "\(path)/\($0)" }, outputFolder: "\(path)/\(output)"))
  }
}
