import Testing
import Training

@Suite("How long maps take")
struct PaceTests {
  @Test("the clock of maps stops when they are done, not when they are asked for")
  func mapsAreWaitedFor() async throws {
    let folders = try RunFolders()
    let backend = CountingBackend(base: try await Engines.openCL.value)
    let plain = folders.path("plain")
    _ = try await SmallRun(folders.pictures, to: plain, on: backend).train()
    // Nothing waits where there are no maps.
    #expect(backend.waits.next() == 1)
    _ = try await SmallRun(
      folders.pictures, to: folders.path("maps"), on: backend, SmallRun.everything
    ).train()
    // Six steps, and the count above.
    #expect(backend.waits.next() == 8)
  }
}
