import Dispatch

/// Runs an actor's jobs one by one on a private dispatch queue.
///
/// Driver calls may take milliseconds; here they hold no thread of Swift's own small pool.
final class QueueExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "salient.opencl.queue", qos: .userInitiated)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
