import CKernels

/// The files of `Kernels/` that the binary carries, by path.
enum EmbeddedKernels {
  static func load() -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    // The pointers lead to constants of the binary; the table ends with an entry without a path.
    guard var entry = ckernels_files() else { return files }
    while let path = entry.pointee.path {
      // The length is that of the constant, counted by the compiler.
      let bytes = UnsafeBufferPointer(start: entry.pointee.bytes, count: entry.pointee.length)
      files[String(cString: path)] = Array(bytes)
      entry += 1
    }
    return files
  }
}
