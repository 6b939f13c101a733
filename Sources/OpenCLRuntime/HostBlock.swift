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
typealias HostBlock = Owned<UnsafeMutableRawBufferPointer>

extension Owned where Handle == UnsafeMutableRawBufferPointer {
  /// Allocates a block, uninitialised, aligned to a page so that drivers can transfer directly.
  static func block(byteCount: Int) throws(OpenCLError) -> HostBlock {
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, 4096, max(byteCount, 1)) == 0, let memory else {
      throw .outOfMemory(byteCount: byteCount, .host)
    }
    // The block owns the memory; `free` runs when its last user is gone.
    let bytes = UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    return HostBlock(bytes) { free($0.baseAddress) }
  }

  /// Allocates a block and copies the bytes into it.
  static func copy(_ bytes: UnsafeRawBufferPointer) throws(OpenCLError) -> HostBlock {
    let block = try block(byteCount: bytes.count)
    block.handle.copyMemory(from: bytes)
    return block
  }
}
