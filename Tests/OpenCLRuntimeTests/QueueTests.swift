import KernelLibrary
import OpenCLRuntime
import Testing

@Suite(.tags(.device)) struct QueueTests {
  @Test func devicesDescribeThemselves() throws {
    let devices = try Device.all()
    #expect(!devices.isEmpty)
    for device in devices {
      #expect(!device.name.isEmpty && !device.platformName.isEmpty && !device.driverVersion.isEmpty)
      #expect(device.version.hasPrefix("OpenCL "))
      #expect(device.computeUnits > 0 && device.maxWorkGroupSize > 0)
      #expect(device.globalMemoryBytes >= device.maxAllocationBytes)
      #expect(device.baseAddressAlignmentBytes > 0 && device.preferredFloatWidth > 0)
      #expect(device.extensions == device.extensions.sorted())
      if device.isPoCL { #expect(device.kind == .cpu) }
    }
    #expect(try Set(Device.all()) == Set(devices))
  }

  @Test func vectorsAreAddedInOneHop() async throws {
    let queue = try openQueue()
    let count = 1000
    let (a, b, y) = (
      try queue.makeBuffer(byteCount: 4 * count), try queue.makeBuffer(byteCount: 4 * count),
      try queue.makeBuffer(byteCount: 4 * count)
    )
    let add = try await queue.makeKernel("ops/add.cl", "add")
    #expect(add.name == "ops/add.cl:add")
    for (index, buffer) in [a, b, y].enumerated() { try add.setArgument(index, buffer) }
    try add.setArgument(3, value: Int32(count))
    let size = WorkSize(count).roundedUp(to: WorkSize(64))
    let pending = try await queue.perform { queue throws(OpenCLError) in
      try queue.write((0..<count).map(Float.init), to: a)
      try queue.write([Float](repeating: 0.5, count: count), to: b)
      try queue.enqueue([Launch(add, globalSize: size, localSize: WorkSize(64))])
      return try queue.startRead(Float.self, from: y, count: count)
    }
    let expected = (0..<count).map { Float($0) + 0.5 }
    #expect(try await pending.values() == expected)
    #expect(try await pending.values() == expected)
    #expect(try await queue.read(Float.self, from: y, at: 4 * 998) == [998.5, 999.5])
  }

  @Test func workItemsCoverThreeDimensions() async throws {
    let queue = try openQueue()
    let y = try queue.makeBuffer(byteCount: 4 * 4 * 3 * 2)
    let place = try await queue.makeKernel("ops/add.cl", "place")
    try place.setArgument(0, y)
    try await queue.enqueue([
      Launch(place, globalSize: WorkSize(4, 3, 2), localSize: WorkSize(2, 1, 1))
    ])
    let expected: [Int32] = [
      0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23,
      100, 101, 102, 103, 110, 111, 112, 113, 120, 121, 122, 123,
    ]
    #expect(try await queue.read(Int32.self, from: y) == expected)
  }

  @Test func structsAreTrueToCAndLocalMemoryWorks() async throws {
    struct Arguments: BitwiseCopyable {
      var offset: UInt64
      var factor: Float
    }
    let queue = try openQueue()
    let y = try queue.makeBuffer(byteCount: 4 * 8)
    let scale = try await queue.makeKernel(
      "ops/scale.cl", "scale", defines: [Define("FACTOR", "(1+2)")])
    try scale.setArgument(0, y)
    try scale.setArgument(1, value: Arguments(offset: 100, factor: 2))
    let reverse = try await queue.makeKernel("ops/scale.cl", "reverse")
    try reverse.setArgument(0, y)
    try reverse.setArgument(1, localByteCount: 4 * 4)
    let group = (WorkSize(8), WorkSize(4))
    try await queue.perform { queue throws(OpenCLError) in
      try queue.write([0, 1, 2, 3, 4, 5, 6, 7] as [Float], to: y)
      try queue.enqueue([
        Launch(scale, globalSize: group.0, localSize: group.1),
        Launch(reverse, globalSize: group.0, localSize: group.1),
      ])
    }
    #expect(
      try await queue.read(Float.self, from: y) == [118, 112, 106, 100, 142, 136, 130, 124])
  }

  @Test func kernelsOfOneProgramHaveArgumentsOfTheirOwn() async throws {
    let queue = try openQueue()
    let buffers = try (0..<3).map { _ in try queue.makeBuffer(byteCount: 4) }
    var launches: [Launch] = []
    for target in buffers[1...] {
      let add = try await queue.makeKernel("ops/add.cl", "add")
      for (index, buffer) in [buffers[0], buffers[0], target].enumerated() {
        try add.setArgument(index, buffer)
      }
      try add.setArgument(3, value: Int32(1))
      launches.append(Launch(add, globalSize: WorkSize(1), localSize: WorkSize(1)))
    }
    try await queue.write([21] as [Float], to: buffers[0])
    try await queue.enqueue(launches)
    for buffer in buffers[1...] { #expect(try await queue.read(Float.self, from: buffer) == [42]) }
    #expect(await queue.programCount == 1)
  }

  @Test func tasksThatNeedAProgramShareOneBuild() async throws {
    let queue = try openQueue()
    try await withThrowingTaskGroup { group in
      for number in 0..<8 {
        group.addTask {
          let defines = [Define("FACTOR", 7), Define("OTHER", 1)]
          _ = try await queue.makeKernel(
            "ops/scale.cl", "scale",
            defines: number.isMultiple(of: 2) ? defines : defines.reversed())
        }
      }
      try await group.waitForAll()
    }
    #expect(await queue.programCount == 1)
  }

  @Test func filesOfASetShareOneProgramAndKeepTheirNames() async throws {
    let queue = try openQueue(library: Self.library(set: ["ops/one.cl", "ops/two.cl"]))
    for file in ["one", "two"] {
      let kernel = try await queue.makeKernel("ops/\(file).cl", file)
      #expect(kernel.name == "ops/\(file).cl:\(file)")
    }
    #expect(await queue.programCount == 1)
    _ = try await queue.makeKernel("ops/two.cl", "two", defines: [Define("N", 2)])
    #expect(await queue.programCount == 2)
  }

  @Test func aBrokenFileOfASetFailsAlone() async throws {
    let queue = try openQueue(library: Self.library(set: ["ops/broken.cl", "ops/one.cl"]))
    _ = try await queue.makeKernel("ops/one.cl", "one")
    let error = await #expect(throws: OpenCLError.self) {
      try await queue.makeKernel("ops/broken.cl", "broken")
    }
    guard case .buildFailed("ops/broken.cl", _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  private static func library(set files: [String]) -> KernelLibrary {
    let set = files.map { "#include \"\($0)\"\n" }.joined()
    let texts = [
      "sets/some.cl": set, "ops/broken.cl": "int broken(;\n",
      "ops/one.cl": "kernel void one(global float *y) { y[0] = 1.0f; }\n",
      "ops/two.cl": "kernel void two(global float *y) { y[0] = 2.0f; }\n",
    ]
    return KernelLibrary(files: texts.mapValues { Array($0.utf8) })
  }

  @Test func aBuildFailureNamesFileLineAndOptions() async throws {
    let queue = try openQueue()
    let error = await #expect(throws: OpenCLError.self) {
      try await queue.makeKernel("ops/broken.cl", "broken", defines: [Define("N", -3)])
    }
    guard case .buildFailed("ops/broken.cl", "-cl-std=CL1.2 -w -D N=-3", let log) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(log.contains("common/broken.clh:2"))
    #expect(await queue.programCount == 0)
  }

  @Test func otherMistakesWithKernelsAreErrorsToo() async throws {
    let queue = try openQueue()
    await #expect(throws: OpenCLError.functionMissing(kernel: "ops/add.cl", function: "sub")) {
      try await queue.makeKernel("ops/add.cl", "sub")
    }
    await #expect(
      throws: OpenCLError.source(.missing(path: "ops/no.cl", includedFrom: nil))
    ) { try await queue.makeKernel("ops/no.cl", "no") }
    for define in [Define("A B", 1), Define("A", "1 2"), Define("A", "\""), Define("", 1)] {
      await #expect(throws: OpenCLError.invalidDefine("-D \(define.name)=\(define.value)")) {
        try await queue.makeKernel("ops/add.cl", "add", defines: [define])
      }
    }
    let add = try await queue.makeKernel("ops/add.cl", "add")
    #expect(throws: OpenCLError.self) { try add.setArgument(9, value: Int32(1)) }
    #expect(throws: OpenCLError.self) { try add.setArgument(3, value: Int64(1)) }
  }

  @Test func workSizesAreCheckedBeforeTheDriverSeesThem() async throws {
    let queue = try openQueue()
    let place = try await queue.makeKernel("ops/add.cl", "place")
    let sizes: [(WorkSize, WorkSize)] = [
      (WorkSize(10), WorkSize(4)), (WorkSize(4, 3), WorkSize(2, 2)), (WorkSize(0), WorkSize(1)),
      (WorkSize(4, 4), WorkSize(4)), (WorkSize(1 << 40), WorkSize(1 << 40)),
      (WorkSize(1 << 32, 1 << 32), WorkSize(1 << 32, 1 << 32)), (WorkSize(4), WorkSize(-4)),
    ]
    for (global, local) in sizes {
      let error = await #expect(throws: OpenCLError.self) {
        try await queue.enqueue([Launch(place, globalSize: global, localSize: local)])
      }
      guard case .invalidLaunch("ops/add.cl:place", _) = error else {
        Issue.record("\(global) \(local): \(String(describing: error))")
        continue
      }
    }
    // A missing argument is the driver's to find; the error names the kernel.
    let error = await #expect(throws: OpenCLError.self) {
      try await queue.enqueue([Launch(place, globalSize: WorkSize(1), localSize: WorkSize(1))])
    }
    #expect("\(String(describing: error))".contains("ops/add.cl:place"))
  }

  @Test func launchesAreTimedWhenAskedFor() async throws {
    let queue = try openQueue(profiling: true)
    let place = try await queue.makeKernel("ops/add.cl", "place")
    try place.setArgument(0, try queue.makeBuffer(byteCount: 4 << 10))
    let launch = Launch(place, globalSize: WorkSize(1 << 10), localSize: WorkSize(16))
    try await queue.enqueue([launch, launch, launch])
    let times = try await queue.takeTimes()
    #expect(times.map(\.kernel) == Array(repeating: "ops/add.cl:place", count: 3))
    #expect(times.allSatisfy { $0.endNanoseconds >= $0.startNanoseconds })
    #expect(times.allSatisfy { $0.startNanoseconds >= $0.queuedNanoseconds })
    #expect(times[2].startNanoseconds >= times[0].endNanoseconds)
    #expect(try await queue.takeTimes().isEmpty)
  }

  @Test func manyTasksReadAtOnce() async throws {
    let queue = try openQueue()
    let count = 4096
    let buffers = try (0..<100).map { _ in try queue.makeBuffer(byteCount: 4 * count) }
    try await withThrowingTaskGroup { group in
      for (number, buffer) in buffers.enumerated() {
        group.addTask {
          try await queue.fill(buffer, with: Float(number))
          let values = try await queue.read(Float.self, from: buffer)
          #expect(values == [Float](repeating: Float(number), count: count))
        }
      }
      try await group.waitForAll()
    }
    try await queue.finish()
  }

  @Test func readsThatNobodyAwaitsAreHarmless() async throws {
    let queue = try openQueue()
    for _ in 0..<50 {
      let buffer = try queue.makeBuffer(byteCount: 1 << 16)
      _ = try await queue.startRead(UInt8.self, from: buffer, count: 1 << 16)
    }
    try await queue.finish()
    #expect(queue.budget.liveByteCount == 0)
  }
}
