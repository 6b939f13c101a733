import FoundationEssentials
import Tensors

/// What `Tests/Fixtures/networks/manifest.json` records of the networks that lie beside it.
struct NetworkFixture: Decodable {
  /// A module with some values of its forward hook, over the whole batch of pictures.
  struct Module: Decodable {
    let path: String
    let shape: [Int]
    let scale: Double
    let positions: [Int]
    let values: [Double]
    /// Whether some tensor of the file has this value.
    let survives: Bool
    /// The names of those tensors.
    let tensors: [String]
  }

  let name: String
  /// The file of each exporter.
  let exporters: [String: String]
  let input: String
  let logits: String
  let classes: Int
  /// The module that is explained where none is named.
  let layer: String
  let scores: String
  let modules: [String: [Module]]

  private struct Manifest: Decodable {
    let networks: [NetworkFixture]
  }

  /// The folder of the fixtures.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/networks").path

  /// All recorded networks.
  static func all() throws -> [NetworkFixture] {
    let data = try Data(contentsOf: URL(filePath: "\(folder)/manifest.json"))
    return try JSONDecoder().decode(Manifest.self, from: data).networks
  }

  /// A file of little-endian floats, version 1.0, in C order.
  static func array(_ name: String) throws -> HostTensor<Float> {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
    let length = Int(bytes[8]) | Int(bytes[9]) << 8
    let header = String(decoding: bytes[10..<10 + length], as: UTF8.self)
    guard bytes.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1]), header.contains("'<f4'"),
      header.contains("'fortran_order': False"),
      let open = header.firstIndex(of: "("), let close = header.firstIndex(of: ")")
    else { throw CocoaError(.fileReadCorruptFile) }
    let shape = Shape(
      header[header.index(after: open)..<close].split(separator: ",").compactMap {
        Int($0.filter(\.isWholeNumber))
      })
    let start = 10 + length
    let elements = (0..<shape.elementCount).map { index in
      Float(
        bitPattern: (0..<4).reduce(UInt32(0)) { bits, byte in
          bits | UInt32(bytes[start + 4 * index + byte]) << UInt32(8 * byte)
        })
    }
    return HostTensor(shape, elements)
  }
}
