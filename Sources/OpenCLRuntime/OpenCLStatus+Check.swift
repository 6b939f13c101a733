import COpenCL

extension OpenCLStatus {
  /// When a call reports: a fault looks like a lack of memory, except that it shows up on waiting.
  package enum Moment {
    /// A call that allocates or enqueues.
    case issuing
    /// A call that waits for commands.
    case waiting
  }

  /// Turns a status into an error; the only place that does.
  ///
  /// `byteCount`, where bytes were asked for, goes into the out-of-memory error.
  package static func check(
    _ status: Int32, _ function: StaticString, _ moment: Moment = .issuing, byteCount: Int = 0
  ) throws(OpenCLError) {
    guard status != CL_SUCCESS else { return }
    let status = OpenCLStatus(rawValue: status)
    let function = "\(function)"
    switch status {
    case .memObjectAllocationFailure, .outOfHostMemory:
      throw .outOfMemory(byteCount: byteCount, .driver(function: function, status: status))
    case .outOfResources where moment == .issuing:
      throw .outOfMemory(byteCount: byteCount, .driver(function: function, status: status))
    case .outOfResources, .deviceNotAvailable, .invalidCommandQueue, .illegalAccess,
      .execStatusErrorForEventsInWaitList:
      throw .deviceLost(function: function, status: status)
    default:
      throw .callFailed(function: function, status: status)
    }
  }

  /// Checks the status of a call that creates an object, and returns the object.
  static func check<Handle>(
    _ handle: Handle?, _ status: cl_int, _ function: StaticString, byteCount: Int = 0
  ) throws(OpenCLError) -> Handle {
    try check(status, function, byteCount: byteCount)
    guard let handle else {
      throw .callFailed(function: "\(function)", status: OpenCLStatus(rawValue: status))
    }
    return handle
  }
}
