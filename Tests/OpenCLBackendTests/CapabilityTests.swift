import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import Testing

@Suite("What a device can do is tried out, not believed")
struct CapabilityTests {
  @Test("PoCL reads local memory 16 bytes at a time and stores halves, and knows no PTX")
  func poclHasWhatOpenCLHas() async throws {
    let queue = try await Fixture.backend.value.queue
    #expect(await Capabilities.probed(on: queue) == [.localQuads, .halfStorage])
    #expect(Capabilities.names.count == 7)
    #expect(Set(Capabilities.names.map(\.bit.rawValue)).count == 7)
  }

  @Test(
    "a program that computes something else or does not build turns its bit off alone",
    arguments: [
      ("other.s3210", "other.s3211", [.halfStorage]),
      ("vload_half(", "1.0f + vload_half(", [.localQuads]),
      ("__kernel", "no kernel", []),
    ] as [(String, String, Capabilities)])
  func failuresTurnBitsOff(part: String, damage: String, left: Capabilities) async throws {
    let device = try await Fixture.backend.value.queue.device
    let whole = try KernelLibrary().source("probe/memory.cl").text
    #expect(whole.contains(part))
    let damaged = whole.replacing(part, with: damage)
    let library = KernelLibrary(files: ["probe/memory.cl": Array(damaged.utf8)])
    let queue = try DeviceQueue(device: device, library: library)
    #expect(await Capabilities.probed(on: queue) == left)
  }
}
