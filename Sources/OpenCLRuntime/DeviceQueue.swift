import COpenCL
import KernelLibrary

/// One device in use: its context, one in-order command queue, its programs and its memory budget.
///
/// The actor enqueues and flushes and never waits; whoever wants a result suspends until a second
/// thread has seen the event. Everything that must reach the queue as one piece goes into one
/// `perform`:
///
/// ```swift
/// let pending = try await queue.perform { queue throws(OpenCLError) in
///   try queue.write([x], to: input)
///   try queue.enqueue(launches)
///   return try queue.startRead(Float.self, from: output, count: 1000)
/// }
/// let scores = try await pending.values()
/// ```
///
/// PoCL deadlocks in a process that was forked after the first OpenCL call.
public actor DeviceQueue {
  /// The device that the queue belongs to.
  public nonisolated let device: Device
  /// The sources of the programs.
  public nonisolated let library: KernelLibrary
  /// The bytes of all buffers of this queue.
  public nonisolated var budget: MemoryBudget { reserve.budget }
  /// Whether every launch is timed.
  public nonisolated let isProfiling: Bool

  /// Where compiled programs are kept between processes; nil where they are not.
  nonisolated let programCache: ProgramCache?
  nonisolated let context: Owned<cl_context>
  /// Memory that was given back.
  package nonisolated let reserve: BufferReserve
  /// Memory of the host that was given back, which is that of the device on a CPU.
  package nonisolated let hostReserve = HostReserve()
  nonisolated let waiter = EventWaiter()
  nonisolated let builder: ProgramBuilder
  let commands: Owned<cl_command_queue>
  var programs: [Program.Key: Task<Result<Program, OpenCLError>, Never>] = [:]
  /// Sets of kernels that did not compile; their files are built one by one.
  var brokenSets: Set<String> = []
  /// The bytes of results since the last mark, and that mark; see `keepPace`.
  var bytesSinceMark = 0
  var lastMark: Completion?
  var timedLaunches: [(kernel: String, event: Owned<cl_event>)] = []

  private nonisolated let executor = QueueExecutor()

  /// The private dispatch queue that the actor runs on.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Opens a device.
  ///
  /// - Parameters:
  ///   - device: from `Device.all`.
  ///   - library: where kernels come from.
  ///   - memoryLimit: the most bytes of all buffers; by default `MemoryBudget.defaultLimit`.
  ///   - profiling: whether to time launches, which costs a little with each.
  ///   - programCache: where compiled programs are kept between processes, if at all.
  /// - Throws: what the driver says.
  public init(
    device: Device, library: KernelLibrary, memoryLimit: Int? = nil, profiling: Bool = false,
    programCache: ProgramCache? = nil
  ) throws(OpenCLError) {
    var status: cl_int = 0
    var identifier: cl_device_id? = device.identifier
    let context = clCreateContext(nil, 1, &identifier, nil, nil, &status)
    self.context = Owned(try OpenCLStatus.check(context, status, "clCreateContext")) {
      _ = clReleaseContext($0)
    }
    let properties = profiling ? CL_QUEUE_PROFILING_ENABLE : 0
    let commands = clCreateCommandQueue(context, device.identifier, properties, &status)
    self.commands = Owned(try OpenCLStatus.check(commands, status, "clCreateCommandQueue")) {
      _ = clReleaseCommandQueue($0)
    }
    self.device = device
    self.library = library
    let limit = memoryLimit ?? MemoryBudget.defaultLimit(for: device)
    reserve = BufferReserve(MemoryBudget(limitByteCount: limit))
    builder = ProgramBuilder(laneCount: device.isPoCL ? 1 : 4)
    isProfiling = profiling
    self.programCache = programCache
  }

  /// Runs several operations in one hop, with nothing of other tasks between them.
  ///
  /// - Parameter body: synchronous; it enqueues and returns what it started.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  public func perform<Value: Sendable, Failure: Error>(
    _ body: @Sendable (isolated DeviceQueue) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try body(self)
  }

  /// Suspends until every command enqueued so far has ended.
  ///
  /// - Throws: the first failure of any command of the queue.
  public func finish() async throws(OpenCLError) {
    try await mark().wait()
  }

  func flush() throws(OpenCLError) {
    try OpenCLStatus.check(clFlush(commands.handle), "clFlush")
  }

  /// Takes over the event of a command that was enqueued successfully.
  func watch(
    _ event: cl_event?, _ function: StaticString, keeping memory: HostBlock? = nil
  ) throws(OpenCLError) -> Completion {
    waiter.watch(try own(event, function), function, keeping: memory)
  }

  func own(_ event: cl_event?, _ function: StaticString) throws(OpenCLError) -> Owned<cl_event> {
    Owned(try OpenCLStatus.check(event, CL_SUCCESS, function)) { _ = clReleaseEvent($0) }
  }
}
