import COpenCL
import Dispatch
import Synchronization

/// The one thread of a queue that waits for events, so that the actor and the tasks never do.
///
/// The queue is in order, so its events end in the order in which they are watched, and a serial
/// dispatch queue suffices.
final class EventWaiter: Sendable {
  private let thread = DispatchQueue(label: "salient.opencl.waiter")
  private let firstFailure = Mutex<OpenCLError?>(nil)

  /// The first command that failed, whoever waited for it.
  ///
  /// A queue with a failure is spoilt: later commands may have computed with what the failed one did not write.
  var failure: OpenCLError? { firstFailure.withLock { $0 } }

  /// Watches an event; keeps `memory`, which the command reads or writes, until it has ended.
  func watch(
    _ event: Owned<cl_event>, _ function: StaticString, keeping memory: HostBlock? = nil
  ) -> Completion {
    let completion = Completion()
    thread.async { [self] in
      let error = Self.wait(for: event.handle, function)
      if let error { firstFailure.withLock { $0 = $0 ?? error } }
      completion.end(with: failure)
      withExtendedLifetime(memory) {}
    }
    return completion
  }

  private static func wait(for event: cl_event, _ function: StaticString) -> OpenCLError? {
    var handle: cl_event? = event
    var status = clWaitForEvents(1, &handle)
    if status == CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST {
      // The event knows why.
      var reason: cl_int = 0
      let size = MemoryLayout<cl_int>.size
      let query = clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, size, &reason, nil)
      if query == CL_SUCCESS, reason < 0 { status = reason }
    }
    do throws(OpenCLError) {
      try OpenCLStatus.check(status, function, .waiting)
      return nil
    } catch {
      return error
    }
  }
}
