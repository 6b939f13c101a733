import COpenCL
import KernelLibrary

/// Compiled programs, kept between processes, for drivers that have no such cache of their own.
///
/// A file is named after everything that can change a binary: device, driver, platform, expanded
/// source and options. It carries its length and a hash, so that a damaged one never reaches the
/// driver. What was loaded must compute a number that belongs to its source before it is used;
/// where anything at all goes wrong the file is removed and the program built from source. Files
/// appear whole, so processes share a folder without locks.
public struct ProgramCache: Sendable, Hashable {
  /// The folder; it need not exist.
  public let folder: String

  /// The largest binary that is kept.
  static let mostBytes = 256 << 20

  /// The first line of every file.
  private static let mark = "salient-program 1"

  /// Names the folder and touches nothing.
  public init(folder: String) { self.folder = folder }

  /// Whether a device gains from it: PoCL keeps programs itself, and other CPU devices interpret.
  public static func suits(_ device: Device) -> Bool { device.kind != .cpu && !device.isPoCL }

  /// A program: from the folder where it holds a sound one, else compiled and kept.
  ///
  /// A folder that cannot be written costs time and no more.
  func program(
    _ path: String, text: String, options: String, context: cl_context, device: Device
  ) throws(OpenCLError) -> Program {
    let check = ProgramCheck(of: text, options)
    let file = self.file(text, options, device)
    if let binary = Self.unwrap(CacheFile.read(file, most: Self.mostBytes + 4096)) {
      do throws(OpenCLError) {
        let program = try Program(
          path, binary: binary, options: options, context: context, device: device)
        if try check.holds(for: program, context: context, device: device) { return program }
      } catch {
        // Whatever the driver has against it, the source is still there.
      }
    }
    CacheFile.remove(file)
    let program = try Program(
      path, text: text + check.source, options: options, context: context, device: device)
    guard let binary = try? program.binary(), !binary.isEmpty,
      (try? check.holds(for: program, context: context, device: device)) == true
    else { return program }
    try? CacheFile.write(Self.wrap(binary), to: file)
    return program
  }

  /// Where a program is kept.
  func file(_ text: String, _ options: String, _ device: Device) -> String {
    let device = DeviceSignature(device)
    let key = Fingerprint(device.texts + [text, options])
    return "\(folder)/\(device.deviceStem)-\(key.digits).bin"
  }

  /// A line with mark, hash and length, then the binary.
  static func wrap(_ binary: [UInt8]) -> [UInt8] {
    var hash = Fingerprint()
    hash.add(binary)
    return Array("\(mark) \(hash.digits) \(binary.count)\n".utf8) + binary
  }

  /// The binary of a file; nil where it is not what `wrap` made.
  static func unwrap(_ file: [UInt8]?) -> [UInt8]? {
    guard let file, let end = file.prefix(100).firstIndex(of: UInt8(ascii: "\n")) else {
      return nil
    }
    let binary = Array(file[(end + 1)...])
    return !binary.isEmpty && wrap(binary) == file ? binary : nil
  }
}

/// A kernel that is put behind the source of a program, and the number that it must compute.
///
/// The number follows from the source, so a binary of another source does not know it.
struct ProgramCheck {
  private let number: Int32

  init(of text: String, _ options: String) {
    // Below 2^20, so that the sum is exact.
    number = Int32(truncatingIfNeeded: Fingerprint([text, options]).value & 0xf_ffff)
  }

  /// The kernel.
  var source: String {
    """

    kernel void salient_program_check(global float *values) {
      const int i = (int)get_global_id(0);
      values[i] = fma(values[i], 3.0f, \(number).0f);
    }

    """
  }

  /// Whether a program computes the number, four times over.
  func holds(
    for program: Program, context: cl_context, device: Device
  ) throws(OpenCLError) -> Bool {
    let kernel = try program.kernel(
      "salient_program_check", of: program.path, device: device)
    var status: cl_int = 0
    let queue = clCreateCommandQueue(context, device.identifier, 0, &status)
    let commands = Owned(try OpenCLStatus.check(queue, status, "clCreateCommandQueue")) {
      _ = clReleaseCommandQueue($0)
    }
    let created = clCreateBuffer(context, CL_MEM_READ_WRITE, 16, nil, &status)
    let memory = Owned(try OpenCLStatus.check(created, status, "clCreateBuffer")) {
      _ = clReleaseMemObject($0)
    }
    var values: [Float] = [2, 3, 5, 7]
    var handle: cl_mem? = memory.handle
    var size = values.count
    try OpenCLStatus.check(
      clSetKernelArg(kernel.handle, 0, MemoryLayout<cl_mem?>.size, &handle), "clSetKernelArg")
    try OpenCLStatus.check(
      clEnqueueWriteBuffer(
        commands.handle, memory.handle, CL_TRUE, 0, 16, values, 0, nil, nil),
      "clEnqueueWriteBuffer")
    try OpenCLStatus.check(
      clEnqueueNDRangeKernel(commands.handle, kernel.handle, 1, nil, &size, nil, 0, nil, nil),
      "clEnqueueNDRangeKernel")
    try OpenCLStatus.check(
      clEnqueueReadBuffer(
        commands.handle, memory.handle, CL_TRUE, 0, 16, &values, 0, nil, nil),
      "clEnqueueReadBuffer", .waiting)
    return values == [2, 3, 5, 7].map { $0 * 3 + Float(number) }
  }
}
