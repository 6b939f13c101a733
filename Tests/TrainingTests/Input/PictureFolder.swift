import Foundation
import Imaging
import Tensors

/// A folder of pictures that is removed with the value.
final class PictureFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "salient-training-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes bytes to a file, and makes the folders above it.
  func write(_ bytes: [UInt8], to name: String) throws {
    let url = URL(fileURLWithPath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  /// Writes text to a file.
  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  /// Writes a picture of 20x14 pixels that differs from those of other numbers.
  func picture(_ number: Int, to name: String) throws {
    let bytes = (0..<20 * 14 * 3).map { UInt8(truncatingIfNeeded: ($0 * $0 + 7 * number) % 251) }
    try write(Picture(width: 20, height: 14, bytes: bytes).png(), to: name)
  }

  /// Two classes of pictures, `a` and `b`.
  static func classes(_ count: Int) throws -> PictureFolder {
    let folder = try PictureFolder()
    for number in 0..<count {
      try folder.picture(number, to: "a/\(number).png")
      try folder.picture(1000 + number, to: "b/deep/\(number).png")
    }
    return folder
  }
}

extension [HostTensor<Float>] {
  /// Whether all are the same to the bit, one by one.
  func hasSameBits(as others: [HostTensor<Float>]) -> Bool {
    count == others.count && zip(self, others).allSatisfy { $0.hasSameBits(as: $1) }
  }
}
