import COpenCL

/// A kernel file, built for one device with one set of defines.
final class Program: Sendable {
  /// What makes two programs the same.
  struct Key: Hashable {
    let path: String
    let defines: Set<Define>
  }

  let path: String
  private let program: Owned<cl_program>

  /// Compiles a file.
  ///
  /// Takes 1 to 2 s with PoCL unless its cache holds the program.
  init(
    _ path: String, text: String, options: String, context: cl_context, device: Device
  ) throws(OpenCLError) {
    var status: cl_int = 0
    var length = text.utf8.count
    let handle = text.withCString { characters in
      var pointer: UnsafePointer<CChar>? = characters
      return clCreateProgramWithSource(context, 1, &pointer, &length, &status)
    }
    let program = Owned(
      try OpenCLStatus.check(handle, status, "clCreateProgramWithSource")
    ) { _ = clReleaseProgram($0) }
    try Self.build(program, path, options: options, device)
    self.path = path
    self.program = program
  }

  /// Loads what a driver compiled earlier.
  init(
    _ path: String, binary: [UInt8], options: String, context: cl_context, device: Device
  ) throws(OpenCLError) {
    var (status, binaryStatus): (cl_int, cl_int) = (0, 0)
    var length = binary.count
    var identifier: cl_device_id? = device.identifier
    // The driver copies the binary before the call returns.
    let handle = binary.withUnsafeBufferPointer { bytes in
      var pointer = bytes.baseAddress
      return clCreateProgramWithBinary(
        context, 1, &identifier, &length, &pointer, &binaryStatus, &status)
    }
    let program = Owned(
      try OpenCLStatus.check(handle, status, "clCreateProgramWithBinary")
    ) { _ = clReleaseProgram($0) }
    try OpenCLStatus.check(binaryStatus, "clCreateProgramWithBinary")
    try Self.build(program, path, options: options, device)
    self.path = path
    self.program = program
  }

  private static func build(
    _ program: Owned<cl_program>, _ path: String, options: String, _ device: Device
  ) throws(OpenCLError) {
    var identifier: cl_device_id? = device.identifier
    let result = clBuildProgram(program.handle, 1, &identifier, options, nil, nil)
    do throws(OpenCLError) {
      try OpenCLStatus.check(result, "clBuildProgram")
    } catch .callFailed(_, let status) {
      let log = try DriverText.read("clGetProgramBuildInfo") {
        clGetProgramBuildInfo(
          program.handle, device.identifier, CL_PROGRAM_BUILD_LOG, $0, $1, $2)
      }
      throw .buildFailed(kernel: path, options: options, log: log.isEmpty ? status.name : log)
    }
  }

  /// Options that every program is built with, and the defines of the variant.
  ///
  /// No fast-math option: kernels must mean what they say on every device.
  static func options(_ defines: Set<Define>) throws(OpenCLError) -> String {
    // Warnings are for us, who lint kernels: some drivers print their number to standard error.
    var options = ["-cl-std=CL1.2", "-w"]
    // Sorted, so that drivers with a cache of their own see the same text for the same variant.
    for define in defines.sorted(by: { ($0.name, $0.value) < ($1.name, $1.value) }) {
      options.append(try define.option())
    }
    return options.joined(separator: " ")
  }

  /// What the driver made of the file for the device, for `init(binary:)`; empty where it has nothing
  /// or too much.
  ///
  /// PoCL compiles anew for this and takes a second.
  func binary() throws(OpenCLError) -> [UInt8] {
    let size = try DriverText.number("clGetProgramInfo", as: UInt.self) {
      clGetProgramInfo(program.handle, cl_uint(CL_PROGRAM_BINARY_SIZES), $0, $1, $2)
    }
    guard (1...UInt(ProgramCache.mostBytes)).contains(size) else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    // The driver writes to where the one pointer of a list points.
    let status = bytes.withUnsafeMutableBytes { bytes in
      var place = bytes.baseAddress
      return clGetProgramInfo(
        program.handle, cl_uint(CL_PROGRAM_BINARIES), MemoryLayout<UnsafeMutableRawPointer?>.size,
        &place, nil)
    }
    try OpenCLStatus.check(status, "clGetProgramInfo")
    return bytes
  }

  /// Makes a kernel object of its own, with no arguments set.
  /// - Parameters:
  ///   - function: the name of the function.
  ///   - path: the file that it stands in, which the program may include.
  ///   - device: the device of the program.
  /// - Returns: an object that nobody else has.
  /// - Throws: `functionMissing`, or what the driver says.
  func kernel(_ function: String, of path: String, device: Device) throws(OpenCLError) -> Kernel {
    var status: cl_int = 0
    let handle = clCreateKernel(program.handle, function, &status)
    if OpenCLStatus(rawValue: status) == .invalidKernelName {
      throw .functionMissing(kernel: path, function: function)
    }
    let kernel = Owned(try OpenCLStatus.check(handle, status, "clCreateKernel")) {
      _ = clReleaseKernel($0)
    }
    return try Kernel(kernel, path: path, function: function, device: device)
  }
}
