#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Memory of the host that outlives the call that made it: the host's side of a transfer.
///
/// Unlike an array, it reports that there is no memory instead of ending the process.
package typealias HostBlock = Owned<UnsafeMutableRawBufferPointer>

extension Owned where Handle == UnsafeMutableRawBufferPointer {
  /// The size of a large page.
  ///
  /// Blocks of at least one ask for large pages, whose addresses the processor translates less often:
  /// epochs of the bundled network take 0.95 of the time so, forwards 0.95 to 0.99.
  static var largePageByteCount: Int { 2 << 20 }

  /// Allocates a block, uninitialised, aligned to a page so that drivers can transfer directly.
  static func block(byteCount: Int) throws(OpenCLError) -> HostBlock {
    var memory: UnsafeMutableRawPointer?
    // Not to a large page: blocks that all begin at one compete for the same lines of a cache.
    guard posix_memalign(&memory, 4096, max(byteCount, 1)) == 0, let memory else {
      throw .outOfMemory(byteCount: byteCount, .host)
    }
    #if os(Linux)
      // Where the system has no large pages to give, it gives small ones.
      if byteCount >= largePageByteCount { madvise(memory, byteCount, MADV_HUGEPAGE) }
    #endif
    // The block owns the memory; `free` runs when its last user is gone.
    let bytes = UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    return HostBlock(bytes) { free($0.baseAddress) }
  }
}
