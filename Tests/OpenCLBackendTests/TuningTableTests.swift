import Execution
import Foundation
import Graphs
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import Operators
import Tensors
import Testing

@Suite("A table of tiles is used, or passed over with a line")
struct TuningTableTests {
  private let device = DeviceSignature(
    name: "Some CPU", vendor: "Maker", driver: "3.1", platform: "OpenCL 3.0 Some")
  private let traits = DeviceTraits(family: .cpu, floatWidth: 8)
  private let library = KernelLibrary(files: ["ops/a.cl": Array("kernel".utf8)])

  @Test("what is saved is loaded, and steps of another run stay")
  func savedIsLoaded() throws {
    let folder = try TuningFolder()
    let (first, second) = (try key(channels: 16), try key(channels: 32))
    let origin = TuningTable.Origin(device: device, traits)
    try folder.store.save([entry(first, 4)], dropping: [], origin: origin)
    try folder.store.save([entry(second, 6)], dropping: [], origin: origin)
    var tuning = folder.loaded(device, library)
    #expect(tuning.notes.isEmpty)
    #expect(tuning.tile(for: first) == Tile(["UW": 4]))
    #expect(tuning.tile(for: second) == Tile(["UW": 6]))
    try folder.store.save([], dropping: [first], origin: origin)
    tuning = folder.loaded(device, library)
    #expect(tuning.tile(for: first) == nil)
    #expect(tuning.tile(for: second) == Tile(["UW": 6]))
    #expect(try folder.names.count == 1, "no temporary file is left")
  }

  @Test("another driver's tiles are hints, and said to be")
  func anotherDriver() throws {
    let folder = try TuningFolder()
    let key = try key(channels: 16)
    var older = device
    older.driver = "3.0"
    try folder.store.save(
      [entry(key, 4)], dropping: [], origin: TuningTable.Origin(device: older, traits))
    let tuning = folder.loaded(device, library)
    #expect(tuning.tile(for: key) == nil)
    #expect(tuning.hints[key] == Tile(["UW": 4]))
    #expect(tuning.notes.count == 1)
    #expect(tuning.notes.first?.contains("driver 3.0, not 3.1") == true)
    // Another card of the same shelf is none of our business.
    var other = device
    other.name = "Another CPU"
    #expect(folder.loaded(other, library).notes.isEmpty)
  }

  @Test("tiles of other kernels are hints, and said to be")
  func otherKernels() throws {
    let folder = try TuningFolder()
    let key = try key(channels: 16)
    try folder.store.save(
      [entry(key, 4)], dropping: [], origin: TuningTable.Origin(device: device, traits))
    let changed = KernelLibrary(files: ["ops/a.cl": Array("kernel ".utf8)])
    for library in [changed, KernelLibrary(files: [:])] {
      let tuning = folder.loaded(device, library)
      #expect(tuning.tile(for: key) == nil)
      #expect(tuning.hints[key] == Tile(["UW": 4]))
      #expect(tuning.notes.first?.contains("1 of 1 tiles") == true)
    }
  }

  @Test("a damaged file, and one of another version, are a line each and no more")
  func damagedFiles() throws {
    let folder = try TuningFolder()
    let key = try key(channels: 16)
    let origin = TuningTable.Origin(device: device, traits)
    try folder.store.save([entry(key, 4)], dropping: [], origin: origin)
    let path = folder.store.file(of: device)
    let sound = [UInt8](try Data(contentsOf: URL(filePath: path)))
    for count in stride(from: 0, to: sound.count - 2, by: 7) {
      try Data(sound[..<count]).write(to: URL(filePath: path))
      let tuning = folder.loaded(device, library)
      #expect(tuning.measured.isEmpty)
      #expect(tuning.notes == ["\(path): damaged, so it is ignored"])
    }
    let newer = String(decoding: sound, as: UTF8.self)
      .replacingOccurrences(of: "\"schema\" : 1", with: "\"schema\" : 7")
    try Data(newer.utf8).write(to: URL(filePath: path))
    #expect(
      folder.loaded(device, library).notes
        == ["\(path): version 7 of the format, so it is ignored"])
    // Deep nesting, numbers beyond a double and bytes that are no text end nothing either.
    let deep = String(repeating: "[", count: 100_000)
    for bytes in [Array(deep.utf8), [0xff, 0xfe, 0], Array("{\"schema\": 1e999}".utf8)] {
      try Data(bytes).write(to: URL(filePath: path))
      #expect(folder.loaded(device, library).notes.count == 1)
    }
    // The next measurement mends it.
    try folder.store.save([entry(key, 6)], dropping: [], origin: origin)
    #expect(folder.loaded(device, library).tile(for: key) == Tile(["UW": 6]))
  }

  @Test("a file under the name of this device that is of another is passed over")
  func foreignFile() throws {
    let folder = try TuningFolder()
    let key = try key(channels: 16)
    var other = device
    other.vendor = "Somebody else"
    try folder.store.save(
      [entry(key, 4)], dropping: [], origin: TuningTable.Origin(device: other, traits))
    try FileManager.default.moveItem(
      atPath: folder.store.file(of: other), toPath: folder.store.file(of: device))
    let tuning = folder.loaded(device, library)
    #expect(tuning.tile(for: key) == nil && tuning.hints.isEmpty)
    #expect(tuning.notes.count == 1)
  }

  @Test("a folder that cannot be written is refused, and read as empty")
  func unwritableFolder() throws {
    let folder = try TuningFolder()
    try Data().write(to: URL(filePath: "\(folder.path)/file"))
    let store = TuningStore(folder: "\(folder.path)/file/tuning")
    #expect(throws: CacheFile.Refusal.self) { try store.checkWritable() }
    let entries = [entry(try key(channels: 16), 4)]
    #expect(throws: CacheFile.Refusal.self) {
      try store.save(entries, dropping: [], origin: .init(device: device, traits))
    }
    var tuning = Tuning()
    store.load(into: &tuning, device: device, library: library)
    #expect(tuning.measured.isEmpty && tuning.notes.isEmpty)
  }

  @Test("processes that save at once lose nothing")
  func savesAtOnce() async throws {
    let folder = try TuningFolder()
    let (store, device, traits) = (folder.store, device, traits)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for channels in 1...24 {
        let entry = entry(try key(channels: channels * 16), 4)
        group.addTask {
          try store.save([entry], dropping: [], origin: .init(device: device, traits))
        }
      }
      try await group.waitForAll()
    }
    #expect(folder.loaded(device, library).measured.count == 24)
  }

  @Test("the program's own tables are found by device, else by family and width")
  func shippedTables() throws {
    let key = try key(channels: 16)
    func table(_ device: DeviceSignature?, _ width: Int, _ size: Int) -> [UInt8] {
      let traits = DeviceTraits(family: .cpu, floatWidth: width)
      let origin = TuningTable.Origin(device: device, traits)
      return TuningTable(origin: origin, entries: [entry(key, size)]).bytes
    }
    func tile(_ files: [String: [UInt8]]) -> Tile? {
      var tuning = Tuning()
      tuning.addShipped(from: KernelLibrary(files: files), device: device, traits)
      return tuning.tile(for: key)
    }
    let family = ["tuning/cpu-16.json": table(nil, 16, 7), "tuning/cpu-8.json": table(nil, 8, 3)]
    #expect(tile(family) == Tile(["UW": 3]))
    var driver = device
    driver.driver = "9"
    let exact = family.merging(["tuning/a.json": table(driver, 8, 5)]) { $1 }
    #expect(tile(exact) == Tile(["UW": 5]))
    var other = device
    other.name = "Another"
    #expect(tile(["tuning/a.json": table(other, 8, 5)]) == nil)
    var local = Tuning(measured: [key: Tile(["UW": 9])])
    local.addShipped(from: KernelLibrary(files: exact), device: device, traits)
    #expect(local.tile(for: key) == Tile(["UW": 9]))
  }

  @Test("the tables that the program carries are sound, and offer sizes that exist")
  func embeddedTables() throws {
    let library = try KernelLibrary()
    for path in library.paths where path.hasPrefix("tuning/") {
      let table = try TuningTable(parsing: library.bytes(path))
      #expect(!table.entries.isEmpty, "\(path)")
      #expect(table.entries.allSatisfy { $0.tile.values.allSatisfy { (1...64).contains($0) } })
    }
  }

  private func entry(_ key: TuningKey, _ size: Int) -> TuningTable.Entry {
    let hash = (try? library.fingerprint(of: "ops/a.cl")) ?? ""
    return TuningTable.Entry(
      key: key, tile: ["UW": size], kernels: ["ops/a.cl": hash], milliseconds: 1,
      defaultMilliseconds: 2)
  }

  private func key(channels: Int) throws -> TuningKey {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, channels, 8, 8])
    let y = try builder.add(Conv2D(), [x, builder.parameter("w", [16, channels, 1, 1])])
    let graph = try builder.finish(outputs: [y])
    let node = graph[y]
    var variant = Variant("direct", inputs: []) { _ in [] }
    variant.tiles = [Tile(["UW": 6]), Tile(["UW": 4])]
    return try #require(TuningKey(node, in: graph, variant, capacity: 8, precision: .fp32))
  }
}

/// A folder of tables that is removed with the value.
final class TuningFolder {
  let path = NSTemporaryDirectory() + "salient-tuning-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var store: TuningStore { TuningStore(folder: "\(path)/tuning") }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: "\(path)/tuning") }
  }

  func loaded(_ device: DeviceSignature, _ library: KernelLibrary) -> Tuning {
    var tuning = Tuning()
    store.load(into: &tuning, device: device, library: library)
    return tuning
  }
}
