import FoundationEssentials
import OpenCLRuntime

/// The tiles that measurements found best on one device, as a file holds them.
package struct TuningTable: Sendable, Hashable {
  /// The version of the format.
  static let schema = 1

  /// The largest file that is read.
  static let mostBytes = 16 << 20

  /// What a table is true of.
  package struct Origin: Sendable, Hashable, Codable {
    /// The device and driver it was measured on; nil in a table for a family of devices.
    package var device: DeviceSignature?
    /// The family of kernels.
    package var family: String
    /// Floats in a native vector.
    package var floatWidth: Int

    enum CodingKeys: String, CodingKey {
      case device, family
      case floatWidth = "float_width"
    }

    package init(device: DeviceSignature?, _ traits: DeviceTraits) {
      self.device = device
      family = traits.family.rawValue
      floatWidth = traits.floatWidth
    }
  }

  /// A step and its tile.
  package struct Entry: Sendable, Hashable, Codable {
    /// The step.
    package var key: TuningKey
    /// The sizes.
    package var tile: [String: Int]
    /// The hash of each kernel file that the step runs, by path.
    package var kernels: [String: String]
    /// Milliseconds with this tile.
    package var milliseconds: Double
    /// Milliseconds with the tile that it replaces.
    package var defaultMilliseconds: Double

    enum CodingKeys: String, CodingKey {
      case key = "step"
      case tile, kernels, milliseconds
      case defaultMilliseconds = "default_milliseconds"
    }

    package init(
      key: TuningKey, tile: [String: Int], kernels: [String: String], milliseconds: Double,
      defaultMilliseconds: Double
    ) {
      self.key = key
      self.tile = tile
      self.kernels = kernels
      self.milliseconds = milliseconds
      self.defaultMilliseconds = defaultMilliseconds
    }

    /// Whether its times are numbers that JSON has.
    var isFinite: Bool { milliseconds.isFinite && defaultMilliseconds.isFinite }
  }

  /// What the table is true of.
  package var origin: Origin
  /// The steps, each once.
  package var entries: [Entry]

  package init(origin: Origin, entries: [Entry] = []) {
    self.origin = origin
    self.entries = entries
  }

  /// Puts entries in the place of those for the same steps; `dropping` are steps without one now.
  package mutating func merge(_ new: [Entry], dropping: Set<TuningKey> = []) {
    let replaced = dropping.union(new.map(\.key))
    entries.removeAll { replaced.contains($0.key) }
    entries += new.filter(\.isFinite)
    entries.sort { $0.key.sortText < $1.key.sortText }
  }
}

extension TuningKey {
  fileprivate var sortText: String {
    "\(operatorName) \(variant) \(shapes) \(geometry) \(batch.rawValue) \(precision)"
  }
}

// MARK: - Files

extension TuningTable {
  /// Why a file is no table.
  package enum Problem: Error, Hashable, Sendable {
    /// It is not JSON, or lacks something.
    case damaged
    /// Another version of the program wrote it.
    case version(Int)
  }

  private struct Document: Codable {
    var schema: Int
    var origin: Origin
    var entries: [Entry]
  }

  private struct Version: Codable {
    var schema: Int
  }

  /// Reads a file.
  /// - Throws: `Problem`.
  package init(parsing bytes: [UInt8]) throws(Problem) {
    let data = Data(bytes)
    guard bytes.count <= Self.mostBytes,
      let version = try? JSONDecoder().decode(Version.self, from: data)
    else { throw .damaged }
    guard version.schema == Self.schema else { throw .version(version.schema) }
    guard let document = try? JSONDecoder().decode(Document.self, from: data) else {
      throw .damaged
    }
    origin = document.origin
    // A step that stands twice has its last tile.
    var last: [TuningKey: Entry] = [:]
    for entry in document.entries where entry.isFinite { last[entry.key] = entry }
    entries = []
    merge(Array(last.values))
  }

  /// The file, the same for equal tables.
  package var bytes: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let document = Document(schema: Self.schema, origin: origin, entries: entries)
    // Only numbers that are not finite could be refused; `isFinite` keeps them out.
    guard let data = try? encoder.encode(document) else {
      preconditionFailure("a table is plain text and finite numbers")
    }
    return [UInt8](data) + [UInt8(ascii: "\n")]
  }
}
