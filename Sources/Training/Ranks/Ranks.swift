import Jobs

/// The processes that learn together, as one of them sees the others.
///
/// Every rank makes the same calls in the same order. One that cannot go on says so in the place of its
/// next call, whichever call the others are in, so that all end with the same failure.
public actor Ranks {
  /// The number of this process, from 0.
  public nonisolated let rank: Int
  /// The number of processes.
  public nonisolated let count: Int
  let transport: (any MessageTransport)?
  private var failure: Failure?

  /// Processes that a transport connects; without one this process is alone.
  public init(_ transport: (any MessageTransport)? = nil) {
    self.transport = transport
    rank = transport?.rank ?? 0
    count = transport?.count ?? 1
  }

  /// One of several processes without the others, for rehearsals, whose numbers nobody looks at.
  ///
  /// Whatever is gathered, each of them says what this one does; they add nothing to sums.
  init(rehearsing ranks: Ranks) {
    transport = nil
    rank = ranks.rank
    count = ranks.count
  }

  /// Whether this is the process that writes files and speaks.
  public nonisolated var isFirst: Bool { rank == 0 }

  /// Gives each rank a part of some values.
  /// - Parameters:
  ///   - values: below 2^31 bytes.
  ///   - parts: which part each rank gets.
  /// - Returns: what each rank gave this one, in their order.
  /// - Throws: the `Failure` of the first rank that cannot go on.
  func exchange<Element: BitwiseCopyable & Sendable>(
    _ values: [Element], parts: [Range<Int>]
  ) async throws(Failure) -> [ArraySlice<Element>] {
    if let failure { throw failure }
    guard let transport else { return parts.map { _ in values[parts[rank]] } }
    let counts = await transport.exchange(parts.map(\.count))
    if counts.contains(where: { $0 < 0 }) { throw await hear(counts, over: transport) }
    let taken = await transport.exchange(values, parts: parts, counts: counts)
    return Self.split(taken, counts)
  }

  /// Ends the work of all ranks, once: where they have ended already, that failure stays.
  /// - Parameter failure: why this rank cannot go on.
  /// - Returns: the failure of the first rank that has one, which all ranks get.
  public func end(with failure: Failure) async -> Failure {
    if let known = self.failure { return known }
    guard let transport else {
      self.failure = failure
      return failure
    }
    let text = failure.bytes
    let counts = await transport.exchange([Int](repeating: -1 - text.count, count: count))
    return await hear(counts, over: transport, saying: text)
  }

  /// The failure of the first of the ranks that give a count below zero.
  private func hear(
    _ counts: [Int], over transport: any MessageTransport, saying text: [UInt8] = []
  ) async -> Failure {
    let lengths = counts.map { $0 < 0 ? -1 - $0 : 0 }
    let parts = [Range<Int>](repeating: text.indices, count: count)
    let taken = await transport.exchange(text, parts: parts, counts: lengths)
    let texts = Self.split(taken, lengths)
    let first = counts.firstIndex { $0 < 0 } ?? 0
    let failure = Failure(bytes: texts[first], from: first)
    self.failure = failure
    return failure
  }

  private static func split<Element>(
    _ values: [Element], _ counts: [Int]
  ) -> [ArraySlice<Element>] {
    var end = 0
    return counts.map { count in
      defer { end += count }
      return values[end..<end + count]
    }
  }
}
