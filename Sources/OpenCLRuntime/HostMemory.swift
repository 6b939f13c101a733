import FoundationEssentials

/// The memory of the machine itself.
package enum HostMemory {
  /// Reads what can be allocated without swapping, from `/proc/meminfo`; `nil` off Linux.
  package static func availableByteCount() -> Int? {
    guard let data = try? Data(contentsOf: URL(filePath: "/proc/meminfo")) else { return nil }
    return availableByteCount(in: String(decoding: data, as: UTF8.self))
  }

  /// Reads the line `MemAvailable:   24171256 kB`.
  package static func availableByteCount(in text: String) -> Int? {
    for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
      let words = line.split(separator: " ")
      guard words.count == 3, let kibibytes = Int(words[1]) else { return nil }
      let (byteCount, isTooLarge) = kibibytes.multipliedReportingOverflow(by: 1024)
      return isTooLarge ? nil : byteCount
    }
    return nil
  }
}
