import COpenCL

extension Owned where Handle == cl_mem {
  /// Asks for memory of the device.
  ///
  /// A CPU's device memory is the host's: large buffers lie in a ``HostBlock``, in large pages,
  /// which goes when the driver is done with it.
  static func memory(
    byteCount: Int, in context: cl_context, of device: Device
  ) throws(OpenCLError) -> Owned<cl_mem> {
    guard device.kind == .cpu, byteCount >= HostBlock.largePageByteCount else {
      return try memory(byteCount: byteCount, in: context, CL_MEM_READ_WRITE, at: nil)
    }
    return try memory(
      over: try HostBlock.block(byteCount: byteCount), byteCount: byteCount, in: context)
  }

  /// Makes memory of a CPU of a block, which is kept until the driver is done with it.
  static func memory(
    over block: HostBlock, byteCount: Int, in context: cl_context
  ) throws(OpenCLError) -> Owned<cl_mem> {
    // Released by the callback, behind the last command that uses the memory.
    let held = Unmanaged.passRetained(block)
    do throws(OpenCLError) {
      let memory = try memory(
        byteCount: byteCount, in: context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR,
        at: block.handle.baseAddress)
      try OpenCLStatus.check(
        clSetMemObjectDestructorCallback(
          memory.handle,
          { _, block in block.map { Unmanaged<HostBlock>.fromOpaque($0).release() } },
          held.toOpaque()), "clSetMemObjectDestructorCallback")
      return memory
    } catch {
      // The driver's object is gone before the block.
      held.release()
      throw error
    }
  }

  private static func memory(
    byteCount: Int, in context: cl_context, _ flags: cl_bitfield, at host: UnsafeMutableRawPointer?
  ) throws(OpenCLError) -> Owned<cl_mem> {
    var status: cl_int = 0
    let handle = clCreateBuffer(context, flags, byteCount, host, &status)
    return Owned(
      try OpenCLStatus.check(handle, status, "clCreateBuffer", byteCount: byteCount)
    ) { _ = clReleaseMemObject($0) }
  }
}
