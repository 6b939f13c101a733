import COpenCL

extension DeviceQueue {
  /// The bytes of results after which the device is asked how far it got.
  static let paceByteCount = 64 << 20

  /// Suspends while the device is more than one pace behind.
  ///
  /// What was given back lives on in the driver until the commands that use it have ended. Whoever
  /// enqueued a loop of any length at once would hold the results of all its turns there, and no
  /// budget would see them.
  /// - Parameter byteCount: of the results of what was just enqueued.
  /// - Throws: the first failure of any command of the queue so far.
  package func keepPace(byteCount: Int) async throws(OpenCLError) {
    bytesSinceMark += byteCount
    guard bytesSinceMark >= Self.paceByteCount else { return }
    bytesSinceMark = 0
    let last = lastMark
    lastMark = try mark()
    try await last?.wait()
  }

  /// What ends when every command enqueued so far has.
  func mark() throws(OpenCLError) -> Completion {
    var event: cl_event?
    try OpenCLStatus.check(
      clEnqueueMarkerWithWaitList(commands.handle, 0, nil, &event), "clEnqueueMarkerWithWaitList")
    let completion = try watch(event, "clEnqueueMarkerWithWaitList")
    try flush()
    return completion
  }
}
