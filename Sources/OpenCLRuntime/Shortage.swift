/// Why memory was refused.
public enum Shortage: Hashable, Sendable {
  /// Our own budget: the bytes in use and the limit.
  case budget(liveByteCount: Int, limitByteCount: Int)
  /// The device takes no single buffer above so many bytes.
  case largestAllocation(byteCount: Int)
  /// The host's allocator returned nothing.
  case host
  /// The driver refused.
  case driver(function: String, status: OpenCLStatus)
}

extension Shortage: CustomStringConvertible {
  /// The reason in one line.
  public var description: String {
    switch self {
    case .budget(let live, let limit):
      "\(live) bytes of the budget of \(limit) bytes are in use"
    case .largestAllocation(let byteCount):
      "the device allocates at most \(byteCount) bytes at once"
    case .host:
      "the host has none left"
    case .driver(let function, let status):
      "\(function) failed: \(status)"
    }
  }
}
