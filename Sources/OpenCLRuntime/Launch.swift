/// One run of a kernel: which, over how many work-items, in groups of what size.
///
/// The arguments belong to the kernel object; every step of a plan has a kernel of its own.
public struct Launch: Sendable {
  /// The kernel, with its arguments set.
  public let kernel: Kernel
  /// All work-items; a multiple of `localSize` in each dimension.
  public let globalSize: WorkSize
  /// The work-items of one group.
  public let localSize: WorkSize

  /// Makes a launch; `DeviceQueue.enqueue` checks the sizes.
  public init(_ kernel: Kernel, globalSize: WorkSize, localSize: WorkSize) {
    self.kernel = kernel
    self.globalSize = globalSize
    self.localSize = localSize
  }
}
