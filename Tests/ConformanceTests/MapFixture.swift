import Foundation
import Models
import Saliency
import Tensors

/// The recorded truth about small networks: their files, inputs, outputs and maps.
struct MapFixtures: Decodable {
  /// A small network.
  struct Network: Decodable, Sendable {
    let name: String
    let exporters: [String: String]
    let input: String
    let logits: String
    let classes: Int
    let layer: String
    let scores: String
    let maps: [Recorded]
  }

  /// The maps of one method for one target: a file `[N, H, W]`.
  struct Recorded: Decodable, Sendable, CustomStringConvertible {
    let method: String
    let settings: [String: String]
    let target: TargetText
    let file: String
    let cases: [Case]

    var description: String { file }
  }

  /// What is known of the map of one image.
  struct Case: Decodable, Sendable {
    let image: Int
    let scale: Float
    /// How far single precision moved the map in the recording code.
    let float32Distance: Float
    /// False where single precision cannot decide the map.
    let counts: Bool
    let degenerate: Bool

    enum CodingKeys: String, CodingKey {
      case image, scale, counts, degenerate
      case float32Distance = "float32_distance"
    }
  }

  /// A target as written: a word, or an index.
  struct TargetText: Decodable, Sendable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let index = try? container.decode(Int.self) {
        text = "\(index)"
      } else {
        text = try container.decode(String.self)
      }
    }
  }

  let networks: [Network]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/networks")

  static func load() throws -> MapFixtures {
    let bytes = try Data(contentsOf: folder.appending(path: "manifest.json"))
    return try JSONDecoder().decode(MapFixtures.self, from: bytes)
  }

  /// The elements of a NumPy file of little-endian floats.
  static func tensor(_ file: String) throws -> HostTensor<Float> {
    try tensor(at: folder.appending(path: file))
  }

  static func tensor(at place: URL) throws -> HostTensor<Float> {
    let bytes = try Data(contentsOf: place)
    let headerCount = Int(bytes[8]) | Int(bytes[9]) << 8
    let header = String(decoding: bytes[10..<10 + headerCount], as: UTF8.self)
    guard header.contains("'<f4'"), header.contains("'fortran_order': False"),
      let open = header.firstIndex(of: "("), let close = header.firstIndex(of: ")")
    else { throw CocoaError(.fileReadCorruptFile) }
    let extents = header[open..<close].dropFirst().split(separator: ",")
      .compactMap { Int($0.filter(\.isNumber)) }
    let elements = bytes[(10 + headerCount)...].withUnsafeBytes { raw in
      (0..<raw.count / 4).map { place in
        Float(bitPattern: raw.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self))
      }
    }
    return HostTensor(Shape(extents), elements)
  }
}

extension Target {
  /// A target of the grammar that the fixtures use: `top1`, `3`, `3-7`, `not:3`, `prob:3`.
  init?(_ text: String, image: Int) {
    if text.hasPrefix("not:") {
      self.init(String(text.dropFirst(4)), image: image)
      negated = true
    } else if text.hasPrefix("prob:") {
      self.init(String(text.dropFirst(5)), image: image)
      head = .probability
    } else if text.hasPrefix("top"), let rank = Int(text.dropFirst(3)) {
      self.init(image: image, choice: .top(rank))
    } else {
      let indices = text.split(separator: "-").compactMap { Int($0) }
      guard 1...2 ~= indices.count else { return nil }
      let outputs = indices.enumerated().map { Output(index: $1, weight: $0 == 0 ? 1 : -1) }
      self.init(
        image: image, choice: .outputs(outputs), score: outputs.count == 1 ? .probability : .value)
    }
  }
}
