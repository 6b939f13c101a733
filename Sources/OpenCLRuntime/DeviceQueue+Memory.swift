import COpenCL

extension DeviceQueue {
  /// Allocates bytes on the device, uninitialised.
  ///
  /// - Parameter byteCount: at least 1.
  /// - Returns: the buffer.
  /// - Throws: `outOfMemory` when it exceeds the budget or the device's largest allocation, before
  ///   the driver is asked.
  public nonisolated func makeBuffer(byteCount: Int) throws(OpenCLError) -> Buffer {
    try Buffer(byteCount: byteCount, in: context.handle, of: device, from: reserve)
  }

  /// Allocates bytes on the device for what a body makes, where the caller runs.
  ///
  /// A CPU's memory is the host's: there the bytes are made where they stay, and nothing is enqueued.
  /// - Parameters:
  ///   - byteCount: at least 1.
  ///   - fill: writes all of them into memory of exactly that size.
  /// - Returns: the buffer.
  /// - Throws: as `makeBuffer(byteCount:)` and `write`.
  public nonisolated(nonsending) func makeBuffer(
    byteCount: Int, fill: (UnsafeMutableRawBufferPointer) -> Void
  ) async throws(OpenCLError) -> Buffer {
    func filled() throws(OpenCLError) -> HostBlock {
      let block = try hostReserve.block(byteCount: byteCount)
      fill(block.handle)
      return block
    }
    if device.kind == .cpu {
      return try Buffer(
        byteCount: byteCount, in: context.handle, of: device, countedIn: reserve, over: filled)
    }
    let buffer = try makeBuffer(byteCount: byteCount)
    _ = try await write(try filled(), byteCount: byteCount, to: buffer, at: 0)
    return buffer
  }

  /// Enqueues a write of bytes, which are copied before the call returns.
  ///
  /// For much data use `upload`, which holds no second copy of all of it.
  /// - Parameters:
  ///   - bytes: what to write.
  ///   - buffer: where to.
  ///   - offset: the first byte in the buffer.
  /// - Throws: `invalidRange`, `outOfMemory`, or what the driver says.
  public func write(
    bytes: UnsafeRawBufferPointer, to buffer: Buffer, at offset: Int = 0
  ) throws(OpenCLError) {
    try buffer.check(offset: offset, byteCount: bytes.count)
    guard !bytes.isEmpty else { return }
    let block = try hostReserve.block(byteCount: bytes.count)
    block.handle.copyMemory(from: bytes)
    _ = try write(block, byteCount: bytes.count, to: buffer, at: offset)
  }

  /// Enqueues a write of numbers, which are copied before the call returns.
  ///
  /// - Parameters:
  ///   - values: what to write.
  ///   - buffer: where to.
  ///   - offset: the first byte in the buffer.
  /// - Throws: as `write(bytes:to:at:)`.
  public func write<Element: BitwiseCopyable>(
    _ values: [Element], to buffer: Buffer, at offset: Int = 0
  ) throws(OpenCLError) {
    // `withUnsafeBytes` rethrows untyped, so the result leaves the closure as a value.
    let result = values.withUnsafeBytes { bytes in
      Result { () throws(OpenCLError) in try write(bytes: bytes, to: buffer, at: offset) }
    }
    try result.get()
  }

  /// Enqueues a write from a block and keeps the block until it has ended.
  func write(
    _ block: HostBlock, byteCount: Int, to buffer: Buffer, at offset: Int
  ) throws(OpenCLError) -> Completion {
    let commands = commands.handle
    let event = try reserve.withRoom { () throws(OpenCLError) -> cl_event? in
      var event: cl_event?
      try OpenCLStatus.check(
        clEnqueueWriteBuffer(
          commands, buffer.handle, CL_FALSE, offset, byteCount, block.handle.baseAddress, 0, nil,
          &event), "clEnqueueWriteBuffer", byteCount: byteCount)
      return event
    }
    let completion = try watch(event, "clEnqueueWriteBuffer", keeping: block)
    try flush()
    return completion
  }

  /// Enqueues a fill with a repeated value.
  ///
  /// - Parameters:
  ///   - buffer: what to fill.
  ///   - pattern: a value of 1, 2, 4, 8, ... or 128 bytes.
  ///   - range: the bytes to fill, all by default; both ends are multiples of the pattern's size.
  /// - Throws: `invalidRange`, or what the driver says.
  public func fill<Pattern: BitwiseCopyable>(
    _ buffer: Buffer, with pattern: Pattern, in range: Range<Int>? = nil
  ) throws(OpenCLError) {
    let range = range ?? 0..<buffer.byteCount
    let size = MemoryLayout<Pattern>.size
    try buffer.check(offset: range.lowerBound, byteCount: range.count)
    guard size > 0, size <= 128, size.nonzeroBitCount == 1 else {
      throw .invalidRange("a pattern of \(size) bytes")
    }
    guard range.lowerBound.isMultiple(of: size), range.count.isMultiple(of: size) else {
      throw .invalidRange("a fill of bytes \(range) with a pattern of \(size) bytes")
    }
    guard !range.isEmpty else { return }
    // The driver copies the pattern before the call returns.
    let status = withUnsafeBytes(of: pattern) { bytes in
      clEnqueueFillBuffer(
        commands.handle, buffer.handle, bytes.baseAddress, size, range.lowerBound, range.count, 0,
        nil, nil)
    }
    try OpenCLStatus.check(status, "clEnqueueFillBuffer")
    try flush()
  }

  /// Enqueues a copy from one buffer to another, on the device.
  ///
  /// - Parameters:
  ///   - source: where from.
  ///   - sourceOffset: the first byte in the source.
  ///   - target: where to; not overlapping the source.
  ///   - targetOffset: the first byte in the target.
  ///   - byteCount: how much; all of the source by default.
  /// - Throws: `invalidRange`, or what the driver says.
  public func copy(
    from source: Buffer, fromOffset sourceOffset: Int = 0, to target: Buffer,
    toOffset targetOffset: Int = 0,
    byteCount: Int? = nil
  ) throws(OpenCLError) {
    let byteCount = byteCount ?? source.byteCount
    try source.check(offset: sourceOffset, byteCount: byteCount)
    try target.check(offset: targetOffset, byteCount: byteCount)
    guard byteCount > 0 else { return }
    try OpenCLStatus.check(
      clEnqueueCopyBuffer(
        commands.handle, source.handle, target.handle, sourceOffset, targetOffset, byteCount, 0,
        nil, nil), "clEnqueueCopyBuffer", byteCount: byteCount)
    try flush()
  }
}
