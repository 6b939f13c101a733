#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps other processes from writing into a folder at the same time.
package struct FolderLock: ~Copyable {
  private let descriptor: Int32

  init(_ path: String) throws(Failure) {
    let descriptor = Self.openFolder(path)
    guard descriptor >= 0 else { throw SystemError.last.writing(path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      close(descriptor)
      throw Failure(
        .temporary, path, "another salient is writing here",
        try: "wait for it, or choose another -o")
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static func openFolder(_ path: String) -> Int32 {
    open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  }
}
