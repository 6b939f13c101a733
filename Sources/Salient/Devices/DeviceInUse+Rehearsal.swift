import Execution
import OpenCLBackend

extension DeviceInUse {
  /// An engine that plans as this device's does, counts the device memory of what it is asked to do,
  /// and computes nothing.
  /// - Parameter memory: the most bytes that it has; nil for no limit.
  /// - Returns: nil for the reference, which counts none.
  public func rehearsal(memory: Int? = nil) -> (any Backend)? {
    (backend as? OpenCLBackend).map { RehearsalBackend($0, memory: memory) }
  }
}
