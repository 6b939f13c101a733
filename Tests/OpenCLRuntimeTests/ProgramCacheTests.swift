import Foundation
import OpenCLRuntime
import Testing

/// The cache of compiled programs, injected on a device that would not have one.
@Suite(.tags(.device)) struct ProgramCacheTests {
  @Test func aSecondQueueLoadsWhatTheFirstCompiled() async throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await compileOnce()
    try await scale(in: folder)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(files.count == 1 && files[0].hasSuffix(".bin"))
    let file = "\(folder)/\(files[0])"
    let first = try Data(contentsOf: URL(filePath: file))
    try await scale(in: folder)
    #expect(try Data(contentsOf: URL(filePath: file)) == first)
    // Another variant is another file.
    try await scale(in: folder, factor: 3)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
  }

  @Test func damagedFilesAreReplaced() async throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await compileOnce()
    try await scale(in: folder)
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
    let file = URL(filePath: "\(folder)/\(name)")
    let sound = try Data(contentsOf: file)
    var flipped = sound
    flipped[sound.count / 2] ^= 0x40
    let text = Data("salient-program 1 cbf29ce484222325 0\n".utf8)
    for damaged in [Data(), sound.prefix(20), sound.dropLast(), flipped, text, sound + [0]] {
      try Data(damaged).write(to: file)
      try await scale(in: folder)
      #expect(try Data(contentsOf: file) == sound)
    }
  }

  @Test func theBinaryOfAnotherProgramIsNoticed() async throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await compileOnce()
    try await scale(in: folder, factor: 2)
    let first = Set(try FileManager.default.contentsOfDirectory(atPath: folder))
    try await scale(in: folder, factor: 3)
    let both = Set(try FileManager.default.contentsOfDirectory(atPath: folder))
    let (two, three) = (
      try #require(first.first), try #require(both.subtracting(first).first)
    )
    // Sound by its hash, but not what its name says: only the check of its numbers can tell.
    let sound = try Data(contentsOf: URL(filePath: "\(folder)/\(two)"))
    try Data(contentsOf: URL(filePath: "\(folder)/\(three)"))
      .write(to: URL(filePath: "\(folder)/\(two)"))
    try await scale(in: folder, factor: 2)
    #expect(try Data(contentsOf: URL(filePath: "\(folder)/\(two)")) == sound)
  }

  @Test func aFolderThatCannotBeWrittenCostsNothing() async throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data().write(to: URL(filePath: folder))
    try await scale(in: "\(folder)/programs")
  }

  @Test func devicesWithACacheOfTheirOwnGetNone() throws {
    for device in try Device.all() where device.isPoCL { #expect(!ProgramCache.suits(device)) }
  }

  /// A binary of PoCL also holds what the driver has compiled for a launch, on any day before: the
  /// first one of a machine differs from those behind it.
  private func compileOnce() async throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for factor in [2, 3] { try await scale(in: folder, factor: factor) }
  }

  /// Runs a kernel of a program that the cache may hold, and checks its numbers.
  private func scale(in folder: String, factor: Int = 2) async throws {
    struct Arguments: BitwiseCopyable {
      var offset: UInt64
      var factor: Float
    }
    let device = try #require(try Device.all().first)
    let queue = try DeviceQueue(
      device: device, library: testLibrary, programCache: ProgramCache(folder: folder))
    let kernel = try await queue.makeKernel(
      "ops/scale.cl", "scale", defines: [Define("FACTOR", factor)])
    let y = try queue.makeBuffer(byteCount: 16)
    try kernel.setArgument(0, y)
    try kernel.setArgument(1, value: Arguments(offset: 1, factor: 10))
    let pending = try await queue.perform { queue throws(OpenCLError) in
      try queue.write([1, 2, 3, 4] as [Float], to: y)
      try queue.enqueue([Launch(kernel, globalSize: WorkSize(4), localSize: WorkSize(1))])
      return try queue.startRead(Float.self, from: y, count: 4)
    }
    let values = try await pending.values()
    #expect(values == [1, 2, 3, 4].map { Float($0 * 10 * factor + 1) })
  }
}
