import KernelLibrary
import OpenCLRuntime

/// The tiles that are known to be good on a device; what the planner asks.
///
/// A tile of the device's own measurements wins over one that the program carries for such
/// devices. Both are only taken where the step offers them: all tiles of an algorithm give equal
/// bits, so a table decides about time alone.
package struct Tuning: Sendable {
  /// Measured on this device, with this driver and these kernels.
  package var measured: [TuningKey: Tile] = [:]
  /// Carried by the program for this device or its kind.
  package var shipped: [TuningKey: Tile] = [:]
  /// Measured with another driver or other kernels: where a search may start, and nothing else.
  package var hints: [TuningKey: Tile] = [:]
  /// What was passed over, a line each.
  package var notes: [String] = []

  /// Nothing is known.
  package init() {}

  /// Measurements made elsewhere.
  package init(measured: [TuningKey: Tile]) {
    self.measured = measured
  }

  /// The tile of a step; nil where nothing is known.
  package func tile(for key: TuningKey) -> Tile? { measured[key] ?? shipped[key] }

  /// The same without the device's own measurements: where a measurement is compared with.
  package var withoutMeasurements: Tuning {
    var tuning = self
    tuning.measured = [:]
    return tuning
  }

  /// A short hash of everything that a plan may depend on; nil where nothing is known.
  package var fingerprint: String? {
    if measured.isEmpty, shipped.isEmpty { return nil }
    let lines = (measured.map { "m \($0) \($1)" } + shipped.map { "s \($0) \($1)" }).sorted()
    return Fingerprint(lines).digits
  }
}

// MARK: - What the program carries

extension Tuning {
  /// Adds the tables of a library's `tuning/` folder: for this device, else for its family and
  /// width.
  package mutating func addShipped(
    from library: KernelLibrary, device: DeviceSignature, _ traits: DeviceTraits
  ) {
    var (exact, similar): ([TuningKey: Tile], [TuningKey: Tile]) = ([:], [:])
    for path in library.paths where path.hasPrefix("tuning/") && path.hasSuffix(".json") {
      guard let table = read(try? library.bytes(path), path) else { continue }
      let tiles = table.entries.map { ($0.key, Tile($0.tile)) }
      if let origin = table.origin.device {
        guard origin.isSameDevice(as: device) else { continue }
        exact.merge(tiles) { $1 }
      } else if table.origin.family == traits.family.rawValue,
        table.origin.floatWidth == traits.floatWidth
      {
        similar.merge(tiles) { $1 }
      }
    }
    shipped = similar.merging(exact) { $1 }
  }

  /// A table; nil with a note where it is none.
  mutating func read(_ bytes: [UInt8]?, _ name: String) -> TuningTable? {
    do throws(TuningTable.Problem) {
      return try TuningTable(parsing: bytes ?? [])
    } catch {
      switch error {
      case .damaged: notes.append("\(name): damaged, so it is ignored")
      case .version(let number):
        notes.append("\(name): version \(number) of the format, so it is ignored")
      }
      return nil
    }
  }
}
