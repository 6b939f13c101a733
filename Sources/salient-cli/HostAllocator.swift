#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How the C library keeps the memory of the process, of which a CPU's device buffers are part.
enum HostAllocator {
  /// The bytes from which a block is a mapping of its own.
  private static let mappedByteCount: Int32 = 1 << 20
  /// The free bytes at the end of an arena from which the system gets them back.
  private static let trimmedByteCount: Int32 = 16 << 20
  /// `M_MMAP_THRESHOLD` of glibc's `malloc.h`.
  private static let mappingThreshold: Int32 = -3
  /// `M_TRIM_THRESHOLD`.
  private static let trimThreshold: Int32 = -1

  /// Makes every large block a mapping of its own, which the system gets back when it is freed.
  ///
  /// glibc starts so too, but takes blocks of up to 32 MiB from the arenas of its threads once some
  /// were freed; what is freed there stays with the process. XRAI of 8 pictures by the bundled model
  /// held 1,462 MiB so, and 243 MiB this way, in the same time. Smaller blocks stay for the next: else
  /// a third of the page faults of an epoch come from pictures of 128x128 that were given back. Other
  /// C libraries need nothing.
  static func returnLargeBlocks() {
    typealias Setter = @convention(c) (Int32, Int32) -> Int32
    guard let symbol = dlsym(nil, "mallopt") else { return }
    // The symbol is glibc's `int mallopt(int, int)`.
    let set = unsafeBitCast(symbol, to: Setter.self)
    _ = set(mappingThreshold, mappedByteCount)
    _ = set(trimThreshold, trimmedByteCount)
  }
}
