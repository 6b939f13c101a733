import FoundationEssentials

/// What the program must know of the machine.
enum Machine {
  /// The number of cores that may be used.
  static var coreCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}
