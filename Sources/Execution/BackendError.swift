import Graphs
import Tensors

/// What can go wrong on the way from a graph to its values.
public enum BackendError: Error, Hashable, CustomStringConvertible {
  /// No device can be used, and why.
  case unavailable(String)
  /// The engine has no kernel for a node.
  case unsupported(node: String)
  /// A plan or tensor does not fit in the memory that may be used.
  case outOfMemory(String)
  /// A tensor of the wrong shape, count or engine was passed.
  case mismatch(String)
  /// A weight is missing or cannot be read.
  case weights(String)
  /// A kernel did not build: its path, and what the driver said.
  case kernel(path: String, log: String)
  /// A kernel cannot be launched on this device: its file and function, and why.
  case launch(kernel: String, reason: String)
  /// The device failed while it worked: node or call, and status.
  case device(String)
  /// The task was cancelled.
  case cancelled

  /// One line that says what, and where.
  public var description: String {
    switch self {
    case .unavailable(let reason): reason
    case .unsupported(let node): "no kernel for \(node)"
    case .outOfMemory(let what): "out of device memory: \(what)"
    case .mismatch(let what): what
    case .weights(let what): what
    case .kernel(let path, let log): "\(path) does not build: \(log)"
    case .launch(let kernel, let reason): "cannot launch \(kernel): \(reason)"
    case .device(let what): what
    case .cancelled: "cancelled"
    }
  }
}
