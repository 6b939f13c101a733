import KernelLibrary

/// What can go wrong between us and a device.
public enum OpenCLError: Error, Hashable, Sendable {
  /// No OpenCL loader (`libOpenCL.so.1`) could be opened; the text is the system's.
  case loaderMissing(String)
  /// The loader works and knows no platform, as no driver is installed.
  case noPlatform
  /// The named platforms have no usable device.
  case noDevice(platforms: [String])
  /// A call failed for a reason that has no case of its own.
  case callFailed(function: String, status: OpenCLStatus)
  /// A kernel file does not compile on this device.
  case buildFailed(kernel: String, options: String, log: String)
  /// A program has no kernel function of this name.
  case functionMissing(kernel: String, function: String)
  /// A kernel file could not be found or expanded.
  case source(KernelLibraryError)
  /// A preprocessor define that cannot be passed to a driver as it is.
  case invalidDefine(String)
  /// There is no memory for so many bytes; less work at a time may fit.
  case outOfMemory(byteCount: Int, Shortage)
  /// The device faulted or went away; the queue and its buffers are of no use any more.
  case deviceLost(function: String, status: OpenCLStatus)
  /// The folder for compiled kernels cannot be used; the driver would end the process.
  case cacheUnusable(folder: String, problem: String, remedy: String)
  /// A byte range that is misaligned, or does not lie in its buffer.
  case invalidRange(String)
  /// A work size that the device cannot run.
  case invalidLaunch(kernel: String, problem: String)
}

extension OpenCLError: CustomStringConvertible {
  /// What happened and, where we know it, what to do.
  public var description: String {
    switch self {
    case .loaderMissing(let reason):
      "no OpenCL loader: \(reason)"
    case .noPlatform:
      "the OpenCL loader finds no driver; none is listed in /etc/OpenCL/vendors"
    case .noDevice(let platforms):
      "no OpenCL device on \(platforms.joined(separator: ", "))"
    case .callFailed(let function, let status):
      "\(function) failed: \(status)"
    case .buildFailed(let kernel, let options, let log):
      "\(kernel) does not compile with \(options):\n\(log)"
    case .functionMissing(let kernel, let function):
      "\(kernel) has no kernel \(function)"
    case .source(let error):
      error.description
    case .invalidDefine(let define):
      "not a define that drivers understand: \(define)"
    case .outOfMemory(let byteCount, let shortage):
      "no memory for \(byteCount) bytes: \(shortage)"
    case .deviceLost(let function, let status):
      "the device was lost in \(function): \(status)"
    case .cacheUnusable(let folder, let problem, let remedy):
      "the cache folder \(folder) \(problem); \(remedy)"
    case .invalidRange(let problem):
      problem
    case .invalidLaunch(let kernel, let problem):
      "cannot launch \(kernel): \(problem)"
    }
  }
}
