import COpenCL

/// Bytes on a device: a buffer of its own, or a region of one.
///
/// It is counted in the queue's `MemoryBudget` until the last reference is gone. Commands that
/// were enqueued before keep the driver's memory alive until they have ended.
public final class Buffer: Sendable {
  /// The size of the buffer or region.
  public let byteCount: Int
  /// Where the region begins in its root buffer; 0 for a root.
  public let offset: Int
  /// What the offset of a region must be a multiple of.
  public let alignment: Int

  package var handle: cl_mem { memory.handle }

  /// Whose the memory is, and so what becomes of it.
  private enum Source {
    /// That of a reserve, which gets it back.
    case reserve(BufferReserve)
    /// Its own, counted beside a reserve.
    case own(BufferReserve)
    /// A buffer's, which it keeps alive.
    case root(Buffer)
  }

  private let memory: Owned<cl_mem>
  private let source: Source

  /// Allocates a buffer within the budget and the device's largest allocation.
  convenience init(
    byteCount: Int, in context: cl_context, of device: Device, from reserve: BufferReserve
  ) throws(OpenCLError) {
    try Self.check(byteCount: byteCount, device)
    let memory = try reserve.memory(byteCount: byteCount) { () throws(OpenCLError) in
      try Owned.memory(byteCount: byteCount, in: context, of: device)
    }
    self.init(memory, byteCount: byteCount, device, .reserve(reserve))
  }

  /// Takes a block of the host for the memory of a CPU, within the same limits.
  ///
  /// The block is asked for when there is room, and once more where the driver had none.
  convenience init(
    byteCount: Int, in context: cl_context, of device: Device, countedIn reserve: BufferReserve,
    over block: () throws(OpenCLError) -> HostBlock
  ) throws(OpenCLError) {
    try Self.check(byteCount: byteCount, device)
    let memory = try reserve.ownMemory(byteCount: byteCount) { () throws(OpenCLError) in
      try Owned.memory(over: try block(), byteCount: byteCount, in: context)
    }
    self.init(memory, byteCount: byteCount, device, .own(reserve))
  }

  private init(
    _ memory: Owned<cl_mem>, byteCount: Int, _ device: Device, _ source: Source
  ) {
    self.memory = memory
    self.byteCount = byteCount
    self.source = source
    alignment = device.baseAddressAlignmentBytes
    offset = 0
  }

  /// Refuses a size that no buffer of a device can have.
  /// - Throws: `invalidRange` below 1 byte, `outOfMemory` above the device's largest allocation.
  package static func check(byteCount: Int, _ device: Device) throws(OpenCLError) {
    guard byteCount > 0 else { throw .invalidRange("a buffer of \(byteCount) bytes") }
    guard byteCount <= device.maxAllocationBytes else {
      throw .outOfMemory(
        byteCount: byteCount, .largestAllocation(byteCount: device.maxAllocationBytes))
    }
  }

  private init(root: Buffer, offset: Int, byteCount: Int) throws(OpenCLError) {
    var region = cl_buffer_region(origin: offset, size: byteCount)
    var status: cl_int = 0
    // No access flags: they are inherited.
    let handle = clCreateSubBuffer(
      root.handle, 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &status)
    memory = Owned(try OpenCLStatus.check(handle, status, "clCreateSubBuffer")) {
      _ = clReleaseMemObject($0)
    }
    self.byteCount = byteCount
    self.offset = offset
    source = .root(root)
    alignment = root.alignment
  }

  deinit {
    switch source {
    case .reserve(let reserve): reserve.give(memory, byteCount: byteCount)
    case .own(let reserve): reserve.budget.release(byteCount: byteCount)
    case .root: break
    }
  }

  /// Returns a part of this buffer that kernels see as a buffer, without a copy.
  ///
  /// The parent's memory stays alive as long as the region. Regions of regions are possible.
  /// - Parameters:
  ///   - offset: in bytes, from the start of this buffer; a multiple of `alignment`.
  ///   - byteCount: at least 1.
  /// - Returns: the region.
  /// - Throws: `invalidRange`, or what the driver says.
  public func region(offset: Int, byteCount: Int) throws(OpenCLError) -> Buffer {
    try check(offset: offset, byteCount: byteCount)
    guard byteCount > 0 else { throw .invalidRange("a region of 0 bytes") }
    guard offset.isMultiple(of: alignment) else {
      throw .invalidRange("a region at byte \(offset), which is not a multiple of \(alignment)")
    }
    let root = if case .root(let root) = source { root } else { self }
    return try Buffer(root: root, offset: self.offset + offset, byteCount: byteCount)
  }

  func check(offset: Int, byteCount: Int) throws(OpenCLError) {
    guard offset >= 0, byteCount >= 0, byteCount <= self.byteCount,
      offset <= self.byteCount - byteCount
    else {
      throw .invalidRange(
        "\(byteCount) bytes at byte \(offset) of a buffer of \(self.byteCount) bytes")
    }
  }
}
