/// What can be wrong with the kernel sources.
public enum KernelLibraryError: Error, Hashable, Sendable {
  /// The override folder does not exist, or is not a folder.
  case folderMissing(String)
  /// No file of the override folder has the path of an embedded one.
  case nothingReplaced(String)
  /// A file of the override folder could not be read.
  case unreadable(path: String, reason: String)
  /// Neither the override nor the binary holds this path.
  case missing(path: String, includedFrom: String?)
  /// A chain of includes that comes back to its first file.
  case cycle([String])
  /// An include directive that is not of the form `#include "folder/file.clh"`.
  case badInclude(path: String, line: Int, text: String)
}

extension KernelLibraryError: CustomStringConvertible {
  /// One line that names the file at fault.
  public var description: String {
    switch self {
    case .folderMissing(let folder):
      "no folder of kernels at \(folder)"
    case .nothingReplaced(let folder):
      "no kernel file at \(folder)/ops/relu.cl or any other path of Kernels/"
    case .unreadable(let path, let reason):
      "cannot read the kernel file \(path): \(reason)"
    case .missing(let path, let parent?):
      "no kernel file \(path), included from \(parent)"
    case .missing(let path, nil):
      "no kernel file \(path)"
    case .cycle(let chain):
      "kernel files include each other: \(chain.joined(separator: " -> "))"
    case .badInclude(let path, let line, let text):
      "\(path):\(line): write #include \"folder/file.clh\", relative to Kernels/, not: \(text)"
    }
  }
}
