import COpenCL

extension DeviceQueue {
  /// Uploads any number of bytes through two chunks of host memory: while one is being
  /// transferred, the next is being filled.
  ///
  /// - Parameters:
  ///   - byteCount: how much.
  ///   - buffer: where to.
  ///   - offset: the first byte in the buffer.
  ///   - chunkByteCount: the most bytes that `fill` gets at once.
  ///   - fill: writes the bytes of a range, counted from the start of the upload, into memory of
  ///     exactly that size. It runs where the caller runs, in the order of the ranges.
  /// - Throws: `device` or `source`. The buffer's contents are then undefined.
  public nonisolated(nonsending) func upload<Failure: Error>(
    byteCount: Int, to buffer: Buffer, at offset: Int = 0, chunkByteCount: Int = 8 << 20,
    fill: (_ range: Range<Int>, _ chunk: UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) async throws(UploadError<Failure>) {
    precondition(chunkByteCount > 0)
    let failure: Failure?
    do throws(OpenCLError) {
      try buffer.check(offset: offset, byteCount: byteCount)
      failure = try await uploadChunks(
        byteCount, to: buffer, at: offset, chunkByteCount: min(chunkByteCount, byteCount)
      ) { range, chunk in
        do throws(Failure) {
          try fill(range, chunk)
          return nil
        } catch {
          return error
        }
      }
    } catch {
      throw .device(error)
    }
    if let failure { throw .source(failure) }
  }

  /// Returns the first failure of `fill`, after which nothing more is enqueued.
  private nonisolated(nonsending) func uploadChunks<Failure: Error>(
    _ byteCount: Int, to buffer: Buffer, at offset: Int, chunkByteCount: Int,
    fill: (Range<Int>, UnsafeMutableRawBufferPointer) -> Failure?
  ) async throws(OpenCLError) -> Failure? {
    guard byteCount > 0 else { return nil }
    let blocks = (
      try HostBlock.block(byteCount: chunkByteCount), try HostBlock.block(byteCount: chunkByteCount)
    )
    var (last, beforeLast): (Completion?, Completion?)
    for (turn, start) in stride(from: 0, to: byteCount, by: chunkByteCount).enumerated() {
      let block = turn.isMultiple(of: 2) ? blocks.0 : blocks.1
      let range = start..<min(start + chunkByteCount, byteCount)
      try await beforeLast?.wait()
      let chunk = UnsafeMutableRawBufferPointer(rebasing: block.handle[..<range.count])
      if let failure = fill(range, chunk) { return failure }
      beforeLast = last
      last = try await write(block, byteCount: range.count, to: buffer, at: offset + start)
    }
    // In order: when the last write has ended, all have.
    try await last?.wait()
    return nil
  }
}
