import COpenCL
import Synchronization

/// A kernel function with arguments of its own.
///
/// A plan makes one for each of its steps and sets buffers once. Numbers that change from run to
/// run are set again before the launch: an enqueued launch has its own copy of all arguments.
public final class Kernel: Sendable {
  /// The kernel file, relative to `Kernels/`.
  public let path: String
  /// The name of the function.
  public let function: String
  /// Work-items in the largest group that this kernel can run with.
  public let maxWorkGroupSize: Int

  package var handle: cl_kernel { kernel.handle }

  private let kernel: Owned<cl_kernel>
  // OpenCL does not retain the buffers that a kernel object refers to. The lock also keeps two
  // threads from setting arguments at once.
  private let buffers = Mutex<[Int: Buffer]>([:])

  init(
    _ kernel: Owned<cl_kernel>, path: String, function: String, device: Device
  ) throws(OpenCLError) {
    self.kernel = kernel
    self.path = path
    self.function = function
    maxWorkGroupSize = try DriverText.number("clGetKernelWorkGroupInfo") {
      clGetKernelWorkGroupInfo(
        kernel.handle, device.identifier, CL_KERNEL_WORK_GROUP_SIZE, $0, $1, $2)
    }
  }

  /// The file and the function: `ops/relu.cl:relu`.
  public var name: String { "\(path):\(function)" }

  /// Sets a `global` pointer argument, and keeps the buffer alive until it is replaced.
  public func setArgument(_ index: Int, _ buffer: Buffer) throws(OpenCLError) {
    let status = buffers.withLock { buffers in
      var handle: cl_mem? = buffer.handle
      let size = MemoryLayout<cl_mem?>.size
      let status = clSetKernelArg(kernel.handle, cl_uint(index), size, &handle)
      if status == CL_SUCCESS { buffers[index] = buffer }
      return status
    }
    try check(status, index)
  }

  /// Sets an argument passed by value: a number, or a struct laid out as the kernel's.
  ///
  /// The struct is passed with the padding behind its last field that C gives it.
  /// - Parameters:
  ///   - index: the place of the argument.
  ///   - value: fixed-width numbers, or a struct of them in the order of the kernel's fields.
  /// - Throws: what the driver says, such as a size that is not the kernel's.
  public func setArgument<Value: BitwiseCopyable>(
    _ index: Int, value: Value
  ) throws(OpenCLError) {
    let size = MemoryLayout<Value>.stride
    let alignment = MemoryLayout<Value>.alignment
    // The driver copies the argument before the call returns. Padding is zeroed, not left as found.
    let status = withUnsafeTemporaryAllocation(byteCount: size, alignment: alignment) { bytes in
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      // A struct ends before its padding, so this is at most `size`.
      withUnsafeBytes(of: value) { bytes.copyMemory(from: $0) }
      return buffers.withLock { _ in
        clSetKernelArg(kernel.handle, cl_uint(index), size, bytes.baseAddress)
      }
    }
    try check(status, index)
  }

  /// Sets an argument passed by value from the bytes of a struct laid out as the kernel's.
  public func setArgument(_ index: Int, bytes: [UInt8]) throws(OpenCLError) {
    // The driver copies the argument before the call returns.
    let status = bytes.withUnsafeBytes { bytes in
      buffers.withLock { _ in
        clSetKernelArg(kernel.handle, cl_uint(index), bytes.count, bytes.baseAddress)
      }
    }
    try check(status, index)
  }

  /// Sets a `local` pointer argument: scratch memory of each work-group.
  public func setArgument(_ index: Int, localByteCount: Int) throws(OpenCLError) {
    let status = buffers.withLock { _ in
      clSetKernelArg(kernel.handle, cl_uint(index), localByteCount, nil)
    }
    try check(status, index)
  }

  /// Lets go of all buffers; commands that are enqueued keep theirs.
  ///
  /// All must be set again.
  public func forgetBuffers() {
    buffers.withLock { $0.removeAll(keepingCapacity: true) }
  }

  private func check(_ status: cl_int, _ index: Int) throws(OpenCLError) {
    do throws(OpenCLError) {
      try OpenCLStatus.check(status, "clSetKernelArg")
    } catch .callFailed(let call, let status) {
      throw .callFailed(function: "\(call) \(index) of \(name)", status: status)
    }
  }
}
