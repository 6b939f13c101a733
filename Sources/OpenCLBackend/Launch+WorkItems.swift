import OpenCLRuntime

extension Launch {
  /// A launch over the work-items of a call, in groups that the kernel can run with.
  package init(_ kernel: Kernel, _ size: WorkItems) {
    let size = size.inGroups(ofAtMost: kernel.maxWorkGroupSize)
    func runtimeSize(_ extents: [Int]) -> WorkSize {
      switch extents.count {
      case 1: .init(extents[0])
      case 2: .init(extents[0], extents[1])
      default: .init(extents[0], extents[1], extents[2])
      }
    }
    self.init(
      kernel, globalSize: runtimeSize(size.global), localSize: runtimeSize(size.local))
  }
}
