import Foundation
import Tensors

/// What published programs measure of maps of the small networks.
struct MetricFixtures: Decodable {
  /// The values of one peer.
  struct Entry: Decodable, Sendable, CustomStringConvertible {
    let network: String
    let metric: String
    let settings: [String: String]
    /// The kind of the maps; nil where a method makes them.
    let maps: String?
    let method: String?
    let methodSettings: [String: String]?
    let target: String
    /// `usual`, or `minimum` where black is the least value of each picture.
    let black: String
    /// The package with its version, or whose arithmetic was written out.
    let peer: String
    /// What differences are relative to.
    let scale: Double
    /// A value for each picture; nil where the peer says nothing: one of its maps is constant.
    let values: [Double?]
    /// How far single precision moved each value in the peer, relative to the scale.
    let float32Distances: [Double?]

    enum CodingKeys: String, CodingKey {
      case network, metric, settings, maps, method, target, black, peer, scale, values
      case methodSettings = "method_settings"
      case float32Distances = "float32_distances"
    }

    var description: String {
      "\(network), \(metric) \(settings.sorted { $0.key < $1.key }), \(maps ?? method ?? ""), \(peer)"
    }
  }

  /// The kinds of maps, in the order of the file.
  let kinds: [String]
  let measurements: [Entry]

  static let folder = MapFixtures.folder.deletingLastPathComponent()
    .appending(path: "evaluation/metrics")

  static func load() throws -> MetricFixtures {
    let bytes = try Data(contentsOf: folder.appending(path: "measurements.json"))
    return try JSONDecoder().decode(MetricFixtures.self, from: bytes)
  }

  /// The maps of a kind, `[N, 1, H, W]`.
  func maps(_ kind: String) throws -> HostTensor<Float>? {
    let all = try MapFixtures.tensor(at: Self.folder.appending(path: "maps.npy"))
    guard let place = kinds.firstIndex(of: kind) else { return nil }
    let (count, height, width) = (all.shape[1], all.shape[2], all.shape[3])
    return all.rows(place..<place + 1).reshaped([count, 1, height, width])
  }
}
