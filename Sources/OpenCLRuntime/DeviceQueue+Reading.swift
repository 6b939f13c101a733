import COpenCL

extension DeviceQueue {
  /// Enqueues a read and returns at once; the read runs on even if nobody asks for its values.
  ///
  /// - Parameters:
  ///   - type: how to read the bytes.
  ///   - buffer: where from.
  ///   - offset: the first byte in the buffer.
  ///   - count: the number of elements.
  /// - Returns: the numbers to come.
  /// - Throws: `invalidRange`, `outOfMemory`, or what the driver says.
  public func startRead<Element: BitwiseCopyable & Sendable>(
    _ type: Element.Type, from buffer: Buffer, at offset: Int = 0, count: Int
  ) throws(OpenCLError) -> PendingRead<Element> {
    let (byteCount, isTooLarge) = count.multipliedReportingOverflow(
      by: MemoryLayout<Element>.stride)
    guard !isTooLarge else { throw .invalidRange("\(count) elements of \(type)") }
    try buffer.check(offset: offset, byteCount: byteCount)
    let block = try HostBlock.block(byteCount: byteCount)
    guard byteCount > 0 else {
      let completion = Completion()
      completion.end(with: nil)
      return PendingRead(block, completion)
    }
    var event: cl_event?
    try OpenCLStatus.check(
      clEnqueueReadBuffer(
        commands.handle, buffer.handle, CL_FALSE, offset, byteCount, block.handle.baseAddress, 0,
        nil, &event), "clEnqueueReadBuffer", byteCount: byteCount)
    let completion = try watch(event, "clEnqueueReadBuffer", keeping: block)
    try flush()
    return PendingRead(block, completion)
  }

  /// Reads numbers; suspends until they are here.
  ///
  /// - Parameters:
  ///   - type: how to read the bytes.
  ///   - buffer: where from.
  ///   - offset: the first byte in the buffer.
  ///   - count: the number of elements; by default as many as follow the offset.
  /// - Returns: the numbers.
  /// - Throws: as `startRead`, and the first failure of any command of the queue so far.
  public func read<Element: BitwiseCopyable & Sendable>(
    _ type: Element.Type, from buffer: Buffer, at offset: Int = 0, count: Int? = nil
  ) async throws(OpenCLError) -> [Element] {
    let rest = max(0, buffer.byteCount - offset) / MemoryLayout<Element>.stride
    return try await startRead(type, from: buffer, at: offset, count: count ?? rest).values()
  }
}
