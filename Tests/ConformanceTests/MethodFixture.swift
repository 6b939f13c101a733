import Foundation
import Tensors

/// What published packages make of the small networks: one list for each family of methods.
struct MethodFixtures: Decodable {
  /// The maps of one peer.
  struct Entry: Decodable, Sendable, CustomStringConvertible {
    let network: String
    /// The layer, or several with `+` between them; nil for the recorded one of the network.
    let layer: String?
    let method: String
    let settings: [String: String]
    let target: String
    /// The package with its version, or whose arithmetic was written out.
    let peer: String
    let kind: Kind
    /// `[N, H, W]` or `[N, 3, H, W]`, from the folder of all families.
    let file: String
    let cases: [MapFixtures.Case]

    var description: String { "\(file) by \(peer)" }

    /// The method with its variant: what no other may be a copy of.
    var label: String {
      ([method] + [settings["variant"]].compactMap(\.self)).joined(separator: ":")
    }

    /// The names of the layers, `last` for the recorded one of the network.
    var layers: [String] {
      layer.map { $0.split(separator: "+").map(String.init) } ?? [MethodFixtures.lastLayer]
    }

    func maps() throws -> HostTensor<Float> { try MapFixtures.tensor("../methods/\(file)") }
  }

  /// How maps are judged.
  enum Kind: String, Decodable, Sendable {
    /// In [0, 1].
    case map
    /// Raw values, relative to the largest.
    case signed
  }

  let maps: [Entry]

  /// What stands for the recorded layer of a network.
  static let lastLayer = "last"

  static let folder = MapFixtures.folder.deletingLastPathComponent().appending(path: "methods")

  /// The names of the families.
  static func families() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path())
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }

  static func load(_ family: String) throws -> [Entry] {
    let bytes = try Data(contentsOf: folder.appending(path: "\(family).json"))
    return try JSONDecoder().decode(MethodFixtures.self, from: bytes).maps
  }
}
