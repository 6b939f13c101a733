import Graphs
import Operators
import Tensors

/// Arithmetic precision of the kernels of an executable.
public enum Precision: String, Sendable, Hashable, CaseIterable {
  /// IEEE single precision throughout.
  case fp32
}

/// What a graph is compiled for.
public struct CompileOptions: Sendable, Hashable {
  /// The most rows that any tensor of the executable's own may have.
  public var capacity: Int
  /// The precision of its arithmetic.
  public var precision: Precision
  /// The places of inputs that are given away: an output may take their memory, so nobody may use
  /// them behind the run.
  public var donated: Set<Int>

  /// Options.
  public init(capacity: Int, precision: Precision = .fp32, donated: Set<Int> = []) {
    self.capacity = capacity
    self.precision = precision
    self.donated = donated
  }
}

/// A tensor on a device.
///
/// Uploaded once, passed between executables, read back when it is wanted.
public protocol ResidentTensor: Sendable {
  /// Its true shape.
  var shape: Shape { get }

  /// Its values. Suspends until every computation it depends on is done.
  /// - Throws: `BackendError` where the device fails.
  func download() async throws(BackendError) -> HostTensor<Float>
}

/// The weights of a network on a device: one logical copy, shared by all executables.
public protocol ResidentParameters: Sendable {
  /// Puts a new tensor in the place of a weight; forms derived from the old one are dropped.
  /// - Throws: `BackendError` where the name is unknown or the shape differs.
  func replace(_ name: ParameterName, with tensor: any ResidentTensor) async throws(BackendError)

  /// Puts parts of a tensor in the places of weights; forms derived from the old ones are dropped.
  ///
  /// Where the tensor changes later, they must be put there again.
  /// - Parameters:
  ///   - offsets: the first element of each weight, in row-major order; multiples of
  ///     `Arena.alignment`.
  ///   - arena: a tensor of rank 1 or 2.
  /// - Throws: `BackendError` where a name is unknown or a weight does not lie in the tensor.
  func replace(
    _ offsets: [ParameterName: Int], with arena: any ResidentTensor
  ) async throws(BackendError)

  /// Other weights in the place of some; all else is shared with these, which stay as they are.
  /// - Throws: `BackendError` where a name is unknown or a shape differs.
  func replacing(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters
}

/// A graph made ready for a device.
///
/// It refers to weights and never contains them.
public protocol Executable: Sendable {
  /// The steps it takes, in order.
  var steps: [PlanStep] { get }

  /// The bytes of device memory that its own tensors take.
  var byteCount: Int { get }

  /// Computes the outputs for any number of rows from 1 to the capacity, with the same bits.
  ///
  /// Returns as soon as the work is enqueued; `download` of an output waits for it.
  /// - Throws: `BackendError` where inputs do not fit or the device fails.
  func run(
    _ inputs: [any ResidentTensor], _ parameters: any ResidentParameters
  ) async throws(BackendError) -> [any ResidentTensor]
}

/// One step of a plan: the nodes it computes, and how.
public struct PlanStep: Sendable, Hashable {
  /// The nodes that the step computes together; its output is the value of the last.
  public let nodes: [Value]
  /// The algorithm, which fixes the order of summation: `direct`, `definition`.
  public let algorithm: String
  /// The kernel that runs, `conv2d.cl:conv2d_direct`.
  public let kernel: String
  /// What the kernel is compiled for, `NB=1 UW=6`; empty where there is no choice.
  public var tile = ""
  /// The launches.
  public var launchCount = 1
  /// The products that the algorithm multiplies, by those of the operator's definition.
  public var effort = 1.0
  /// The bytes moved at full capacity when every tensor is read or written once, and working memory
  /// written and read once.
  public var byteCount = 0
  /// The buffers, `2 <- 0 1`: what is written, and what is read besides weights.
  public var buffers = ""

  /// A step.
  public init(nodes: [Value], algorithm: String, kernel: String) {
    self.nodes = nodes
    self.algorithm = algorithm
    self.kernel = kernel
  }
}

/// An engine that can run graphs: the reference in double precision, or an OpenCL device.
public protocol Backend: Sendable {
  /// What reports call it.
  var name: String { get }

  /// The most bytes of device memory that were taken at once so far; nil where nobody counts.
  var peakByteCount: Int? { get }

  /// Whether the engine can compute this node; asked for the whole graph before anything runs.
  func supports(_ node: Node, in graph: Graph) -> Bool

  /// Puts a tensor on the device.
  /// - Throws: `BackendError` where memory is short or the device fails.
  func upload(_ tensor: HostTensor<Float>) async throws(BackendError) -> any ResidentTensor

  /// Puts a batch on the device whose rows are tensors of their own.
  /// - Parameter rows: at least one, all of one shape.
  /// - Returns: the tensor, with an axis more.
  /// - Throws: `BackendError` where memory is short or the device fails.
  func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor

  /// Puts the weights of a network on the device.
  /// - Throws: `BackendError` where memory is short, a file cannot be read or the device fails.
  func upload(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters

  /// Makes a graph ready to run.
  /// - Throws: `BackendError` where a node is not supported, memory is short or a kernel fails to build.
  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable

  /// Suspends until everything that was enqueued so far is done: for clocks, as nothing else needs it.
  /// - Throws: `BackendError` where any of it failed.
  func finish() async throws(BackendError)
}

extension Backend {
  /// Nobody counts.
  public var peakByteCount: Int? { nil }

  /// The same as uploading all of them in one tensor.
  public func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor {
    try await upload(HostTensor(stacking: rows))
  }

  /// Nothing is enqueued: what an engine was asked for is done when it returns.
  public func finish() async throws(BackendError) {}
}
