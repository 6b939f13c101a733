import COpenCL

extension DeviceQueue {
  /// Enqueues launches in their order and flushes once.
  ///
  /// - Parameter launches: for example all steps of a plan.
  /// - Throws: `invalidLaunch`, `outOfMemory`, or what the driver says. Launches before the one
  ///   that failed are enqueued.
  public func enqueue(_ launches: [Launch]) throws(OpenCLError) {
    for launch in launches { try enqueue(launch) }
    try flush()
  }

  private func enqueue(_ launch: Launch) throws(OpenCLError) {
    try launch.check()
    let (commands, isProfiling) = (commands.handle, isProfiling)
    let event: cl_event?
    do throws(OpenCLError) {
      // Drivers may look for memory only when a kernel wants it.
      event = try reserve.withRoom { () throws(OpenCLError) -> cl_event? in
        var event: cl_event?
        let status =
          isProfiling
          ? Self.enqueue(launch, on: commands, &event) : Self.enqueue(launch, on: commands, nil)
        try OpenCLStatus.check(status, "clEnqueueNDRangeKernel")
        return event
      }
    } catch .callFailed(_, let status) {
      throw .invalidLaunch(
        kernel: launch.kernel.name,
        problem: "\(status) over \(launch.globalSize) in groups of \(launch.localSize)")
    }
    if isProfiling {
      timedLaunches.append((launch.kernel.name, try own(event, "clEnqueueNDRangeKernel")))
    }
  }

  private static func enqueue(
    _ launch: Launch, on commands: cl_command_queue, _ event: UnsafeMutablePointer<cl_event?>?
  ) -> cl_int {
    let (global, local) = (launch.globalSize, launch.localSize)
    // OpenCL wants addresses of the sizes; two arrays would be allocated for every launch.
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: 6) { sizes in
      sizes.initializeElement(at: 0, to: global.x)
      sizes.initializeElement(at: 1, to: global.y)
      sizes.initializeElement(at: 2, to: global.z)
      sizes.initializeElement(at: 3, to: local.x)
      sizes.initializeElement(at: 4, to: local.y)
      sizes.initializeElement(at: 5, to: local.z)
      return clEnqueueNDRangeKernel(
        commands, launch.kernel.handle, cl_uint(global.dimensions), nil, sizes.baseAddress,
        sizes.baseAddress.map { $0 + 3 }, 0, nil, event)
    }
  }

  /// Waits for all launches and returns their times since the last call, in order.
  ///
  /// - Returns: nothing if the queue was opened without profiling.
  /// - Throws: the first failure of any command of the queue, or what the driver says.
  public func takeTimes() async throws(OpenCLError) -> [LaunchTime] {
    let launches = timedLaunches
    timedLaunches = []
    try await finish()
    var times: [LaunchTime] = []
    for (kernel, event) in launches {
      func time(_ name: cl_uint) throws(OpenCLError) -> UInt64 {
        try DriverText.number("clGetEventProfilingInfo") {
          clGetEventProfilingInfo(event.handle, name, $0, $1, $2)
        }
      }
      times.append(
        LaunchTime(
          kernel: kernel, queuedNanoseconds: try time(CL_PROFILING_COMMAND_QUEUED),
          startNanoseconds: try time(CL_PROFILING_COMMAND_START),
          endNanoseconds: try time(CL_PROFILING_COMMAND_END)))
    }
    return times
  }
}
