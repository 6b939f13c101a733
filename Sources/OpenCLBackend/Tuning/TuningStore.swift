import KernelLibrary
import OpenCLRuntime

/// The folder with this user's measurements: a file for each device and driver.
package struct TuningStore: Sendable, Hashable {
  /// The folder; it need not exist.
  package let folder: String

  /// Names the folder and touches nothing.
  package init(folder: String) { self.folder = folder }

  /// The file of a device.
  package func file(of device: DeviceSignature) -> String {
    "\(folder)/\(device.fileStem).json"
  }

  /// Adds what the folder knows of a device.
  ///
  /// Entries of other kernels or of another driver become hints, with a line that says so.
  package func load(
    into tuning: inout Tuning, device: DeviceSignature, library: KernelLibrary
  ) {
    let own = file(of: device)
    for name in CacheFile.names(in: folder)
    where name.hasPrefix("\(device.deviceStem)-") && name.hasSuffix(".json") {
      let path = "\(folder)/\(name)"
      let bytes = CacheFile.read(path, most: TuningTable.mostBytes)
      guard let table = tuning.read(bytes, path) else { continue }
      guard path == own else {
        addHints(of: table, path, device, to: &tuning)
        continue
      }
      guard table.origin.device == device else {
        tuning.notes.append("\(path): of another device or driver, so it is ignored")
        continue
      }
      add(table, path, library, to: &tuning)
    }
  }

  private func addHints(
    of table: TuningTable, _ path: String, _ device: DeviceSignature, to tuning: inout Tuning
  ) {
    guard let origin = table.origin.device, origin.isSameDevice(as: device), origin != device
    else {
      tuning.notes.append("\(path): of another device, so it is ignored")
      return
    }
    tuning.hints.merge(table.entries.map { ($0.key, Tile($0.tile)) }) { old, _ in old }
    tuning.notes.append(
      "\(path): measured with driver \(origin.driver), not \(device.driver), so it is not used; "
        + "salient tune measures again")
  }

  private func add(
    _ table: TuningTable, _ path: String, _ library: KernelLibrary, to tuning: inout Tuning
  ) {
    var hashes: [String: String] = [:]
    var stale = 0
    for entry in table.entries {
      let isCurrent =
        !entry.kernels.isEmpty
        && entry.kernels.allSatisfy { path, hash in
          let known = hashes[path] ?? (try? library.fingerprint(of: path)) ?? ""
          hashes[path] = known
          return known == hash
        }
      if isCurrent {
        tuning.measured[entry.key] = Tile(entry.tile)
      } else {
        stale += 1
        tuning.hints[entry.key] = Tile(entry.tile)
      }
    }
    guard stale > 0 else { return }
    tuning.notes.append(
      "\(path): \(stale) of \(table.entries.count) tiles were measured with other kernels, so "
        + "they are not used; salient tune measures again")
  }

  /// Stores measurements; those of other processes for other steps stay.
  /// - Parameters:
  ///   - entries: the tiles that won.
  ///   - dropping: steps whose default is best after all.
  ///   - origin: the device; its signature is not nil.
  /// - Throws: `Refusal` where the folder cannot be written.
  package func save(
    _ entries: [TuningTable.Entry], dropping: Set<TuningKey>, origin: TuningTable.Origin
  ) throws(CacheFile.Refusal) {
    guard let device = origin.device else { preconditionFailure("measured on some device") }
    let path = file(of: device)
    try CacheFile.alone(in: folder) { () throws(CacheFile.Refusal) in
      let bytes = CacheFile.read(path, most: TuningTable.mostBytes) ?? []
      let known = try? TuningTable(parsing: bytes)
      let before = known?.origin.device == device ? known : nil
      var table = before ?? TuningTable(origin: origin)
      table.merge(entries, dropping: dropping)
      guard table != before ?? TuningTable(origin: origin) else { return }
      try CacheFile.write(table.bytes, to: path)
    }
  }

  /// Makes sure that measurements can be stored, before any is made.
  /// - Throws: `Refusal` where the folder cannot be written.
  package func checkWritable() throws(CacheFile.Refusal) {
    try CacheFile.alone(in: folder) { () throws(CacheFile.Refusal) in
      let probe = "\(folder)/.probe"
      try CacheFile.write([], to: probe)
      CacheFile.remove(probe)
    }
  }
}
