/// A driver's object, or a block of memory, that is released with its last reference.
// Reason for `@unchecked`: the handle never changes, and OpenCL 1.2 allows every call from any
// thread (appendix A.2) except `clSetKernelArg` on one kernel, which `Kernel` guards. A block of
// memory is touched by one side at a time: by us before the write or after the read has ended.
package final class Owned<Handle>: @unchecked Sendable {
  package let handle: Handle
  private let release: (Handle) -> Void

  package init(_ handle: Handle, release: @escaping (Handle) -> Void) {
    self.handle = handle
    self.release = release
  }

  deinit { release(handle) }
}
