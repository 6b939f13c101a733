/// The text of one kernel file with its includes expanded, ready for a driver.
public struct KernelSource: Hashable, Sendable {
  /// The path of the file, relative to `Kernels/`.
  public let path: String
  /// OpenCL C with `#line` directives that lead back to the files.
  public let text: String
  /// Every file that was included, in the order of their text.
  public let includes: [String]
}
