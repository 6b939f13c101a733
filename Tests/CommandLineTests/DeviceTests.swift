import Foundation
import Testing

/// What happens without a driver, and with a cache that cannot be used.
@Suite struct DeviceTests {
  @Test func withoutADriverEverythingEndsAndNamesTheMend() throws {
    let folder = try TemporaryFolder()
    let changes = ["OCL_ICD_VENDORS": folder.path, "XDG_CACHE_HOME": folder.file("cache")]
    let devices = try Program.run(["devices"], in: folder.path, setting: changes)
    #expect(devices.code == 69)
    #expect(devices.errorLines.count == 1)
    #expect(devices.errors.contains("pocl-opencl-icd"))
    #expect(devices.output.contains("no OpenCL platform"))
    let explain = try Program.run(
      ["explain", Program.pictures, "-m", Program.model], in: folder.path, setting: changes)
    #expect(explain.code == 69)
    #expect(
      explain.errorLines == [
        "salient: no OpenCL device; apt-get install pocl-opencl-icd for the CPU, or see salient"
          + " devices; --device reference needs none"
      ])
    let reference = try Program.run(
      [
        "explain", Program.pictures, "-m", Program.model, "--device", "reference", "--method",
        "grad-cam",
      ], in: folder.path, setting: changes)
    #expect(reference.code == 0)
  }

  @Test func anUnusableCacheIsNamedWithItsMend() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "file")
    let changes = ["XDG_CACHE_HOME": folder.file("file")]
    for words in [["devices"], ["explain", Program.pictures, "-m", Program.model]] {
      let run = try Program.run(words, in: folder.path, setting: changes)
      #expect(run.code == 69, "\(run.errors)")
      #expect(run.errorLines.count == 1)
      #expect(run.errors.contains("cache"))
      #expect(run.errors.contains("set XDG_CACHE_HOME to a folder you can write"))
    }
  }

  @Test(.tags(.device)) func aDamagedCacheIsMended() throws {
    let folder = try TemporaryFolder()
    let changes = ["XDG_CACHE_HOME": folder.file("cache")]
    #expect(try Program.run(["devices"], in: folder.path, setting: changes).code == 0)
    let binaries = try folder.files().filter { $0.hasSuffix(".so") || $0.hasSuffix("program.bc") }
    #expect(!binaries.isEmpty)
    for name in binaries { try folder.write([], to: name) }
    let run = try Program.run(["devices"], in: folder.path, setting: changes)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("damaged"))
    #expect(run.output.contains("self-test passed"))
    let cleared = try Program.run(
      ["devices", "--clear-cache", "--json"], in: folder.path, setting: changes)
    #expect(cleared.code == 0)
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(cleared.output.utf8)) as? [String: Any])
    #expect((report["platforms"] as? [Any])?.isEmpty == false)
  }

  @Test(.tags(.device)) func anUnknownDeviceListsThose() throws {
    for words in [["--device", "99"], ["--device", "no such card"]] {
      let run = try Program.run(["explain", Program.pictures, "-m", Program.model] + words)
      #expect(run.code == 69)
      #expect(run.errorLines.count == 1)
      #expect(run.errors.contains("no such device; there "))
      #expect(run.errors.contains(": 0 (") && run.errors.hasSuffix("; salient devices says more\n"))
    }
  }
}

extension Tag {
  /// Needs an OpenCL device; a CPU driver suffices.
  @Tag static var device: Self
}
