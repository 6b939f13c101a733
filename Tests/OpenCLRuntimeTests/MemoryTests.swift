import OpenCLRuntime
import Testing

@Suite(.tags(.device)) struct MemoryTests {
  /// What is smaller is not kept.
  private let leastByteCount = 64 << 10

  @Test func regionsShareTheMemoryOfTheirBuffer() async throws {
    let queue = try openQueue()
    let step = try #require(try Device.all().first).baseAddressAlignmentBytes
    let whole = try queue.makeBuffer(byteCount: 4 * step)
    #expect(whole.alignment == step)
    let upper = try whole.region(offset: 2 * step, byteCount: 2 * step)
    let last = try upper.region(offset: step, byteCount: step)
    #expect((upper.offset, last.offset) == (2 * step, 3 * step))
    #expect(queue.budget.liveByteCount == 4 * step)

    let count = step / 4
    let add = try await queue.makeKernel("ops/add.cl", "add")
    let lower = try whole.region(offset: 0, byteCount: step)
    for (index, buffer) in [lower, lower, last].enumerated() {
      try add.setArgument(index, buffer)
    }
    try add.setArgument(3, value: Int32(count))
    try await queue.perform { queue throws(OpenCLError) in
      try queue.fill(whole, with: Float(0))
      try queue.fill(lower, with: Float(3))
      try queue.enqueue([Launch(add, globalSize: WorkSize(count), localSize: WorkSize(1))])
      try queue.write([7] as [Float], to: upper)
      try queue.copy(from: last, to: whole, toOffset: step, byteCount: 4)
    }
    let values = try await queue.read(Float.self, from: whole)
    #expect(values[..<count].allSatisfy { $0 == 3 })
    #expect(values[count] == 6 && values[2 * count] == 7 && values[2 * count + 1] == 0)
    #expect(values[(3 * count)...].allSatisfy { $0 == 6 })
    #expect(try await queue.read(Float.self, from: last, at: step - 4) == [6])
  }

  // The second has large pages on a CPU.
  @Test(arguments: [1 << 12, 5 << 20]) func aRegionOutlivesItsBuffer(byteCount: Int) async throws {
    let queue = try openQueue()
    var whole: Buffer? = try queue.makeBuffer(byteCount: byteCount)
    let region = try #require(try whole?.region(offset: byteCount / 2, byteCount: 8))
    whole = nil
    #expect(queue.budget.liveByteCount == byteCount)
    try await queue.write([1, 2] as [Float], to: region)
    #expect(try await queue.read(Float.self, from: region) == [1, 2])
  }

  @Test func queuedCommandsKeepTheMemoryOfALargeBuffer() async throws {
    let queue = try openQueue()
    let size = 8 << 20
    let target = try queue.makeBuffer(byteCount: size)
    for turn in 1...20 {
      // Of another size each time: the reserve keeps one of them at most.
      try await queue.perform { queue throws(OpenCLError) in
        let source = try queue.makeBuffer(byteCount: size + turn * 4096)
        try queue.fill(source, with: Float(turn))
        try queue.copy(from: source, to: target, byteCount: size)
      }
      let values = try await queue.read(Float.self, from: target, at: size - 8)
      #expect(values == [Float(turn), Float(turn)])
    }
  }

  @Test func badRangesAreErrors() async throws {
    let queue = try openQueue()
    let buffer = try queue.makeBuffer(byteCount: 1 << 10)
    let ranges = [(1, 64), (0, 2000), (1 << 10, 1), (-128, 64), (0, 0), (128, Int.max)]
    for (offset, byteCount) in ranges {
      expectInvalidRange { try buffer.region(offset: offset, byteCount: byteCount) }
    }
    expectInvalidRange { try queue.makeBuffer(byteCount: 0) }
    try await queue.perform { queue in
      expectInvalidRange { try queue.write([1] as [Float], to: buffer, at: 1022) }
      expectInvalidRange { try queue.startRead(Float.self, from: buffer, count: 257) }
      expectInvalidRange { try queue.startRead(Float.self, from: buffer, count: .max) }
      expectInvalidRange { try queue.startRead(Float.self, from: buffer, count: -1) }
      expectInvalidRange { try queue.copy(from: buffer, to: buffer, toOffset: 8) }
      expectInvalidRange { try queue.fill(buffer, with: Float(0), in: 2..<10) }
      expectInvalidRange { try queue.fill(buffer, with: (Float(0), Float(0), Float(0))) }
      expectInvalidRange { try queue.fill(buffer, with: Float(0), in: 0..<2000) }
      // Nothing to do is no mistake.
      try queue.write([Float](), to: buffer, at: 1 << 10)
      try queue.fill(buffer, with: Float(0), in: 8..<8)
    }
    #expect(try await queue.read(Float.self, from: buffer, count: 0) == [])
  }

  @Test func theBudgetRefusesBeforeTheDriverIsAsked() async throws {
    let queue = try openQueue(memoryLimit: 1000)
    var first: Buffer? = try queue.makeBuffer(byteCount: 600)
    #expect(
      throws: OpenCLError.outOfMemory(
        byteCount: 401, .budget(liveByteCount: 600, limitByteCount: 1000))
    ) { try queue.makeBuffer(byteCount: 401) }
    let second = try queue.makeBuffer(byteCount: 400)
    #expect(queue.budget.freeByteCount == 0)
    withExtendedLifetime((first, second)) {}
    first = nil
    #expect(queue.budget.liveByteCount == 400 || queue.budget.liveByteCount == 0)
    #expect(queue.budget.peakByteCount == 1000)
    queue.budget.limitByteCount = 10
    #expect(throws: OpenCLError.self) { try queue.makeBuffer(byteCount: 11) }
    withExtendedLifetime(second) {}
  }

  @Test func theReserveHoldsNoMoreThanWasUsedAtOnce() async throws {
    let queue = try openQueue()
    let size = 1 << 20
    let both = try (queue.makeBuffer(byteCount: size), queue.makeBuffer(byteCount: size))
    var spare: Buffer? = try queue.makeBuffer(byteCount: size)
    let handle = spare?.handle
    spare = nil
    #expect(queue.budget.liveByteCount == 2 * size && queue.reserve.byteCount == size)
    let again = try queue.makeBuffer(byteCount: size)
    #expect(again.handle == handle && queue.reserve.byteCount == 0)
    let other = try queue.makeBuffer(byteCount: size / 2)
    withExtendedLifetime((both, again, other)) {}
  }

  @Test func theReserveGoesWhereTheDriverRefuses() throws {
    let queue = try openQueue()
    for _ in 0..<2 { _ = try queue.makeBuffer(byteCount: 1 << 20) }
    #expect(queue.reserve.byteCount == 1 << 20)
    let refusal = OpenCLError.outOfMemory(byteCount: 9, .host)
    var turns = 0
    let found = try queue.reserve.withRoom { () throws(OpenCLError) in
      turns += 1
      if turns == 1 { throw refusal }
      return queue.reserve.byteCount
    }
    #expect(found == 0 && turns == 2)
    turns = 0
    #expect(throws: refusal) {
      try queue.reserve.withRoom { () throws(OpenCLError) in
        turns += 1
        throw refusal
      }
    }
    #expect(turns == 1, "nothing is left to give up")
  }

  @Test func memoryIsTakenAgainByBuffersOfItsSizeAlone() async throws {
    let queue = try openQueue()
    let size = 1 << 20
    // What sets the peak, so that there is room for a reserve.
    _ = try queue.makeBuffer(byteCount: 4 * size)
    #expect(queue.reserve.byteCount == 4 * size)
    var first: Buffer? = try queue.makeBuffer(byteCount: size)
    #expect(queue.reserve.byteCount == 0)
    let handle = first?.handle
    try await queue.fill(try #require(first), with: Float(7))
    first = nil
    let smaller = try queue.makeBuffer(byteCount: size - 4)
    #expect(queue.reserve.byteCount == size, "not taken by another size")
    let second = try queue.makeBuffer(byteCount: size)
    #expect(second.handle == handle && queue.reserve.byteCount == 0)
    // Commands enqueued before come first.
    try await queue.fill(second, with: Float(8), in: 0..<size / 2)
    #expect(try await queue.read(Float.self, from: second, count: 1) == [8])
    _ = try queue.makeBuffer(byteCount: leastByteCount - 4)
    #expect(queue.reserve.byteCount == 0, "small ones are not kept")
    withExtendedLifetime(smaller) {}
  }

  @Test func filledBuffersHaveMemoryOfTheirOwnUntilTheirLastCommand() async throws {
    let queue = try openQueue()
    let count = 1 << 18
    func filled(with value: Float) async throws -> Buffer {
      try await queue.makeBuffer(byteCount: count * 4) { memory in
        let values = [Float](repeating: value, count: count)
        values.withUnsafeBytes { memory.copyMemory(from: $0) }
      }
    }
    var copies: [Buffer] = []
    for turn in 0..<6 {
      let copy = try queue.makeBuffer(byteCount: count * 4)
      // Nobody has it when the copy runs.
      let buffer = try await filled(with: Float(turn))
      #expect(queue.budget.liveByteCount == (copies.count + 2) * count * 4)
      try await queue.copy(from: buffer, to: copy)
      copies.append(copy)
    }
    for (turn, copy) in copies.enumerated() {
      let values = try await queue.read(Float.self, from: copy)
      #expect(values.count == count && values.allSatisfy { $0 == Float(turn) })
    }
    #expect(queue.budget.liveByteCount == copies.count * count * 4)
  }

  @Test func filledBuffersLeaveNoMoreInTheReserveThanThereIsRoomFor() async throws {
    let queue = try openQueue()
    for size in [1 << 20, 2 << 20] { _ = try queue.makeBuffer(byteCount: size) }
    #expect(queue.reserve.byteCount == 2 << 20)
    func zeros(_ byteCount: Int) async throws -> Buffer {
      try await queue.makeBuffer(byteCount: byteCount) { memory in
        _ = memory.initializeMemory(as: UInt8.self, repeating: 0)
      }
    }
    let buffer = try await zeros(1 << 20)
    #expect(queue.budget.liveByteCount + queue.reserve.byteCount <= queue.budget.peakByteCount)
    queue.budget.limitByteCount = 1 << 20
    await #expect(throws: OpenCLError.self) { _ = try await zeros(4) }
    withExtendedLifetime(buffer) {}
  }

  @Test func blocksOfTheHostAreKeptWithinBounds() async throws {
    let reserve = HostReserve()
    let size = leastByteCount
    var block: HostBlock? = try reserve.block(byteCount: size)
    let address = block?.handle.baseAddress
    block = nil
    #expect(reserve.byteCount == size)
    let other = try reserve.block(byteCount: size + 1)
    #expect(reserve.byteCount == size && other.handle.count == size + 1)
    let again = try reserve.block(byteCount: size)
    #expect(again.handle.baseAddress == address && reserve.byteCount == 0)
    _ = try reserve.block(byteCount: size - 1)
    #expect(reserve.byteCount == 0, "small ones are not kept")
    let most = HostReserve.mostByteCount
    for byteCount in [most / 2, most / 2 + 4, most / 2 + 8] {
      _ = try reserve.block(byteCount: byteCount)
    }
    #expect(reserve.byteCount == most / 2 + 8, "the oldest go first")
    _ = try reserve.block(byteCount: most + 4)
    #expect(reserve.byteCount == most / 2 + 8, "one alone may be too large")
    withExtendedLifetime((other, again)) {}
  }

  @Test func aLowerLimitEmptiesTheReserve() throws {
    let queue = try openQueue()
    for size in [1 << 20, 2 << 20] { _ = try queue.makeBuffer(byteCount: size) }
    #expect(queue.reserve.byteCount == 2 << 20)
    queue.budget.limitByteCount = 1 << 20
    let buffer = try queue.makeBuffer(byteCount: 1 << 20)
    #expect(queue.reserve.byteCount == 0)
    withExtendedLifetime(buffer) {}
  }

  @Test func noBufferIsLargerThanTheDeviceAllows() throws {
    let queue = try openQueue(memoryLimit: .max)
    let most = queue.device.maxAllocationBytes
    #expect(
      throws: OpenCLError.outOfMemory(
        byteCount: most + 1, .largestAllocation(byteCount: most))
    ) { try queue.makeBuffer(byteCount: most + 1) }
    #expect(queue.budget.liveByteCount == 0)
  }

  @Test func theDefaultLimitLeavesSomeMemory() throws {
    let queue = try openQueue()
    #expect(queue.budget.limitByteCount > 0)
    #expect(queue.budget.limitByteCount <= queue.device.globalMemoryBytes / 10 * 9)
  }

  @Test func freeMemoryOfTheHostIsRead() throws {
    let text = "MemTotal:  100 kB\nMemAvailable:   24171256 kB\nBuffers: 1 kB\n"
    #expect(HostMemory.availableByteCount(in: text) == 24_171_256 * 1024)
    for text in ["", "MemAvailable:", "MemAvailable: x kB", "MemAvailable: \(Int.max) kB"] {
      #expect(HostMemory.availableByteCount(in: text) == nil)
    }
    #if os(Linux)
      let byteCount = try #require(HostMemory.availableByteCount())
      #expect(byteCount > 1 << 20)
    #endif
  }

  @Test(arguments: [0, 1, 1023, 1024, 1025, 2048, 2049, 10_000])
  func uploadsArriveWhole(byteCount: Int) async throws {
    let queue = try openQueue()
    let buffer = try queue.makeBuffer(byteCount: byteCount + 3)
    try await queue.fill(buffer, with: UInt8(255))
    try await queue.upload(byteCount: byteCount, to: buffer, at: 1, chunkByteCount: 1024) {
      range, chunk in
      #expect(chunk.count == range.count && range.count <= 1024)
      for (index, place) in zip(range, chunk.indices) { chunk[place] = UInt8(index % 251) }
    }
    let expected = [255] + (0..<byteCount).map { UInt8($0 % 251) } + [255, 255]
    #expect(try await queue.read(UInt8.self, from: buffer) == expected)
  }

  @Test func anUploadReportsWhoFailed() async throws {
    struct Truncated: Error {}
    let queue = try openQueue()
    let buffer = try queue.makeBuffer(byteCount: 4096)
    var chunkCount = 0
    do {
      try await queue.upload(byteCount: 4096, to: buffer, chunkByteCount: 1024) {
        range, _ throws(Truncated) in
        chunkCount += 1
        if range.lowerBound == 2048 { throw Truncated() }
      }
      Issue.record("an upload from a truncated source")
    } catch UploadError<Truncated>.source {
      #expect(chunkCount == 3)
    }
    do {
      try await queue.upload(byteCount: 4097, to: buffer) { _, _ in }
      Issue.record("an upload beyond the buffer")
    } catch UploadError<Never>.device(.invalidRange) {
    }
    try await queue.finish()
  }

  private func expectInvalidRange<Value>(_ body: () throws -> Value) {
    let error = #expect(throws: OpenCLError.self) { _ = try body() }
    guard case .invalidRange = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
