/// Numbers on their way from the device.
public final class PendingRead<Element: BitwiseCopyable & Sendable>: Sendable {
  private let block: HostBlock
  private let completion: Completion

  init(_ block: HostBlock, _ completion: Completion) {
    self.block = block
    self.completion = completion
  }

  /// Suspends until the numbers are here.
  ///
  /// Can be called again, also by several tasks.
  ///
  /// - Returns: the numbers.
  /// - Throws: the first failure of any command of the queue so far.
  public func values() async throws(OpenCLError) -> [Element] {
    try await completion.wait()
    let source = UnsafeRawBufferPointer(block.handle)
    return [Element](
      unsafeUninitializedCapacity: source.count / MemoryLayout<Element>.stride
    ) { elements, count in
      UnsafeMutableRawBufferPointer(elements).copyMemory(from: source)
      count = elements.count
    }
  }
}
