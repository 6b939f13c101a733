import KernelLibrary
import OpenCLRuntime
import Testing

@Suite("Kernels without tile sizes are built together")
struct KernelSetTests {
  @Test(
    "every set builds as one program",
    arguments: [
      ["ops/reshape.cl:reshape", "ops/concat.cl:concat", "layout/pack.cl:filter_blocks"],
      ["ops/max_pool_quads.cl:max_pool_quads", "ops/gaussian_blur_quads.cl:gaussian_blur_quads"],
    ])
  func setsBuild(kernels: [String]) async throws {
    let device = try await Fixture.backend.value.queue.device
    let queue = try DeviceQueue(device: device, library: KernelLibrary())
    for kernel in kernels {
      let parts = kernel.split(separator: ":").map(String.init)
      #expect(try await queue.makeKernel(parts[0], parts[1]).name == kernel)
    }
    #expect(await queue.programCount == 1)
  }
}
