import Foundation
import KernelLibrary
import OpenCLRuntime
import Testing

extension Tag {
  /// Needs some OpenCL device; PoCL on a CPU suffices.
  @Tag static var device: Self
}

/// The kernels of these tests.
let testLibrary = KernelLibrary(
  files: [
    "ops/add.cl": """
    kernel void add(global const float *a, global const float *b, global float *y, const int n) {
      const int i = get_global_id(0);
      if (i < n) y[i] = a[i] + b[i];
    }
    kernel void place(global int *y) {
      y[get_global_id(0) + get_global_size(0) * (get_global_id(1) + get_global_size(1) *
        get_global_id(2))] = get_global_id(0) + 10 * get_global_id(1) + 100 * get_global_id(2);
    }
    """,
    "ops/scale.cl": """
    #ifndef FACTOR
    #define FACTOR 1
    #endif
    typedef struct { ulong offset; float factor; } arguments;
    kernel void scale(global float *y, const arguments a) {
      y[get_global_id(0)] = y[get_global_id(0)] * a.factor * FACTOR + a.offset;
    }
    kernel void reverse(global float *y, local float *tile) {
      tile[get_local_id(0)] = y[get_global_id(0)];
      barrier(CLK_LOCAL_MEM_FENCE);
      y[get_global_id(0)] = tile[get_local_size(0) - 1 - get_local_id(0)];
    }
    """,
    "common/broken.clh": "float fine;\nint broken(;\n",
    "ops/broken.cl": "// broken\n#include \"common/broken.clh\"\n",
  ].mapValues { Array($0.utf8) })

func openQueue(
  library: KernelLibrary = testLibrary, memoryLimit: Int? = nil, profiling: Bool = false
) throws -> DeviceQueue {
  let device = try #require(try Device.all().first)
  return try DeviceQueue(
    device: device, library: library, memoryLimit: memoryLimit, profiling: profiling)
}

/// Returns a path that does not exist yet, in the folder for temporary files.
func temporaryPath() -> String {
  FileManager.default.temporaryDirectory.appending(path: "salient-\(UUID().uuidString)").path
}
