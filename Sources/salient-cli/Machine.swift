import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the program must know of the machine.
enum Machine {
  /// The number of cores that may be used.
  static var coreCount: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

  /// How many times longer work takes than on the same machine idle, at least 1.
  ///
  /// As long as others compute, a process gets its part of the cores; from the load of the last
  /// minute.
  static var slowdown: Double {
    var load = 0.0
    guard getloadavg(&load, 1) == 1, load.isFinite else { return 1 }
    return max(1, (load + 1) / Double(coreCount))
  }
}
