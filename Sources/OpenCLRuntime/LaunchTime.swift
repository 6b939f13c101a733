/// When one launch ran, by the device's clock.
public struct LaunchTime: Hashable, Sendable {
  /// The file and the function of the kernel: `ops/relu.cl:relu`.
  public let kernel: String
  /// When the launch was enqueued, in nanoseconds since some moment.
  public let queuedNanoseconds: UInt64
  /// When the first work-item began.
  public let startNanoseconds: UInt64
  /// When the last work-item ended.
  public let endNanoseconds: UInt64

  /// How long the launch ran.
  public var durationNanoseconds: UInt64 {
    endNanoseconds > startNanoseconds ? endNanoseconds - startNanoseconds : 0
  }
}
