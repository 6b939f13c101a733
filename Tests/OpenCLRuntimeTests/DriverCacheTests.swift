import Foundation
import OpenCLRuntime
import Testing

@Suite struct DriverCacheTests {
  @Test func aNewFolderIsMadePrivate() throws {
    let root = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: root) }
    let cache = DriverCache(folder: "\(root)/salient/1.0.0/pocl")
    #expect(try cache.prepare().isEmpty)
    let attributes = try FileManager.default.attributesOfItem(atPath: cache.folder)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
    #expect(try cache.prepare().isEmpty)
  }

  @Test func foldersThatCannotBeUsedSaySo() throws {
    let file = temporaryPath()
    try Data("x".utf8).write(to: URL(filePath: file))
    defer { try? FileManager.default.removeItem(atPath: file) }
    for folder in ["/proc/salient/pocl", "\(file)/pocl", file, "relative/pocl"] {
      let error = #expect(throws: OpenCLError.self) { try DriverCache(folder: folder).prepare() }
      guard case .cacheUnusable(folder, let problem, let remedy) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(!problem.isEmpty && !remedy.isEmpty)
    }
  }

  @Test func aFullFileSystemIsRefused() throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let error = #expect(throws: OpenCLError.self) {
      try DriverCache(folder: folder).prepare(minimumFreeByteCount: .max)
    }
    #expect("\(String(describing: error))".contains("free space"))
  }

  @Test func foldersOfOthersAreNeverTouched() throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: "\(folder)/theirs.so"))
    let cache = DriverCache(folder: folder)
    #expect(throws: OpenCLError.self) { try cache.prepare() }
    #expect(throws: OpenCLError.self) { try cache.clear() }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["theirs.so"])
  }

  @Test func clearingLeavesAUsableFolder() throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let cache = DriverCache(folder: folder)
    try cache.clear()
    _ = try cache.prepare()
    try FileManager.default.createDirectory(
      atPath: "\(folder)/AB/CD", withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(filePath: "\(folder)/AB/CD/program.bc"))
    try cache.clear()
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/AB"))
    #expect(try cache.prepare().isEmpty)
  }

  @Test func leftoversOfOldBuildsGoAndNewOnesStay() throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let cache = DriverCache(folder: folder)
    _ = try cache.prepare()
    for name in ["tempfile_old.so", "tempfile_new.so"] {
      try Data().write(to: URL(filePath: "\(folder)/\(name)"))
    }
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -7200)],
      ofItemAtPath: "\(folder)/tempfile_old.so")
    #expect(try cache.prepare().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/tempfile_old.so"))
    #expect(FileManager.default.fileExists(atPath: "\(folder)/tempfile_new.so"))
  }

  /// Fills a PoCL cache in a process of its own, damages it as crashes and full disks do, and runs
  /// again: without the mending, each of these ends the process.
  @Test(.tags(.device), arguments: [("so", 0), ("so", 6000), ("bc", 0), ("bc", 9000)])
  func damagedCachesAreMended(suffix: String, length: Int) async throws {
    guard try Device.all().contains(where: \.isPoCL) else { return }
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    await #expect(processExitsWith: .success) { [folder = folder as String] in
      #expect(try DriverCache(folder: folder).activate().isEmpty)
      try await runAnyKernel()
    }
    #expect(try DriverCache(folder: folder).prepare().isEmpty)
    let path = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: folder).first {
        $0.hasSuffix(".\(suffix)") && !$0.hasPrefix("tempfile_")
      })
    let file = try FileHandle(forWritingTo: URL(filePath: "\(folder)/\(path)"))
    try file.truncate(atOffset: UInt64(length))
    try file.close()
    await #expect(processExitsWith: .success) {
      [folder = folder as String, path = path as String] in
      #expect(try DriverCache(folder: folder).activate() == [path])
      try await runAnyKernel()
    }
  }
}

private func runAnyKernel() async throws {
  let queue = try openQueue()
  let place = try await queue.makeKernel("ops/add.cl", "place")
  let buffer = try queue.makeBuffer(byteCount: 16)
  try place.setArgument(0, buffer)
  try await queue.enqueue([Launch(place, globalSize: WorkSize(4), localSize: WorkSize(2))])
  #expect(try await queue.read(Int32.self, from: buffer) == [0, 1, 2, 3])
}
