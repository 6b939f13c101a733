/// What a job tells while it works; only the command line renders it.
public enum JobEvent: Sendable {
  /// An image is done: one record for each map, in the order of the results.
  case finished(Input, [ExplanationRecord], lines: [String])
  /// An image could not be explained.
  case failed(Input, Failure, line: String)
  /// Something that the reader of the results must know.
  case warning(String)
}

/// A layer to explain, and what files and records call it.
public struct LayerRequest: Sendable, Hashable {
  /// The name in the network.
  public let name: String
  /// The part of file names; nil where only one layer was asked for.
  public let fileName: String?

  /// Requests for layers; file names name the layer where there are several.
  public static func requests(_ names: [String]) -> [LayerRequest] {
    var requests: [LayerRequest] = []
    for name in names where !requests.contains(where: { $0.name == name }) {
      var fileName = plain(name)
      if requests.contains(where: { $0.fileName == fileName }) {
        fileName += "-\(String(FNV1a.spread(name) >> 32, radix: 16))"
      }
      requests.append(LayerRequest(name: name, fileName: fileName))
    }
    guard requests.count == 1 else { return requests }
    return requests.map { LayerRequest(name: $0.name, fileName: nil) }
  }

  /// A name that every file system takes.
  private static func plain(_ name: String) -> String {
    let harmless = name.unicodeScalars.map { scalar -> Character in
      let isHarmless =
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        || [".", "_", "-", "+"].contains(scalar)
      return isHarmless ? Character(scalar) : "_"
    }
    let text = String(harmless.drop { $0 == "." || $0 == "_" })
    return text.isEmpty ? "layer" : String(text.prefix(120))
  }
}

/// What a run keeps of each map.
public struct Keeps: Sendable, Hashable {
  /// The finished map.
  public var map: Bool
  /// The map before normalisation.
  public var raw: Bool

  /// What to keep.
  public init(map: Bool, raw: Bool) {
    self.map = map
    self.raw = raw
  }
}
