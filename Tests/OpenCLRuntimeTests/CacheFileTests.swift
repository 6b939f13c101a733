import Foundation
import OpenCLRuntime
import Testing

@Suite("Files of caches are whole, and nothing is left beside them")
struct CacheFileTests {
  @Test func whatKilledWritersLeftIsRemovedWhenItIsOld() throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let stale = ["table.json.4711-99.tmp", "a.b.1-0.tmp"]
    let others = ["a.json.tmp", "a.json.4711.tmp", "notes-1-2.tmp", "x.4711-9b.tmp", "a.bin"]
    for name in stale + others {
      try Data([1]).write(to: URL(filePath: "\(folder)/\(name)"))
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: "\(folder)/\(name)")
    }
    let young = "table.json.4711-100.tmp"
    try Data([1]).write(to: URL(filePath: "\(folder)/\(young)"))
    try FileManager.default.createDirectory(
      atPath: "\(folder)/old.1-1.tmp", withIntermediateDirectories: false,
      attributes: [.modificationDate: Date(timeIntervalSinceNow: -7200)])
    try CacheFile.write([2, 3], to: "\(folder)/table.json")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(Set(names) == Set(others + [young, "old.1-1.tmp", "table.json"]))
    #expect(CacheFile.read("\(folder)/table.json", most: 10) == [2, 3])
  }
}
