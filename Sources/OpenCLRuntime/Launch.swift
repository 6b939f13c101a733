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

  /// Makes sure that groups divide the work, and that the kernel can run with them.
  /// - Throws: `invalidLaunch`.
  package func check() throws(OpenCLError) {
    let (global, local) = (globalSize, localSize)
    func refuse(_ problem: String) -> OpenCLError {
      .invalidLaunch(kernel: kernel.name, problem: problem)
    }
    guard global.dimensions == local.dimensions,
      min(global.x, global.y, global.z, local.x, local.y, local.z) > 0
    else { throw refuse("\(global) work-items in groups of \(local)") }
    guard global.x % local.x == 0, global.y % local.y == 0, global.z % local.z == 0 else {
      throw refuse("\(global) is not a multiple of the group \(local)")
    }
    let (area, isLarge) = local.x.multipliedReportingOverflow(by: local.y)
    let (volume, isLarger) = area.multipliedReportingOverflow(by: local.z)
    guard !isLarge, !isLarger, volume <= kernel.maxWorkGroupSize else {
      throw refuse("groups of \(local), where at most \(kernel.maxWorkGroupSize) fit")
    }
  }
}
