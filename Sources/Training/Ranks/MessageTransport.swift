/// What carries numbers between the processes of a run.
///
/// Every rank makes the same calls in the same order; a call returns when all have made it.
public protocol MessageTransport: Sendable {
  /// The number of this process, from 0.
  var rank: Int { get }
  /// The number of processes.
  var count: Int { get }

  /// Gives each rank a number.
  /// - Parameter numbers: one for each rank.
  /// - Returns: what each rank gave this one, in their order.
  func exchange(_ numbers: [Int]) async -> [Int]

  /// Gives each rank a part of some values.
  /// - Parameters:
  ///   - values: below 2^31 bytes.
  ///   - parts: which part each rank gets; parts may overlap.
  ///   - counts: how many values each rank gives this one.
  /// - Returns: what each rank gave this one, behind each other in their order.
  func exchange<Element: BitwiseCopyable & Sendable>(
    _ values: [Element], parts: [Range<Int>], counts: [Int]
  ) async -> [Element]
}
