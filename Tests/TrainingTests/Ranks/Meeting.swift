import Training

/// Where ranks in one process give each other what they have.
actor Meeting {
  private let count: Int
  private var given: [Int: [[UInt8]]] = [:]
  private var waiting: [Int: CheckedContinuation<[[UInt8]], Never>] = [:]

  init(of count: Int) { self.count = count }

  /// Waits for all ranks; one part for each goes there, and one of each comes back.
  func exchange(_ parts: [[UInt8]], from rank: Int) async -> [[UInt8]] {
    given[rank] = parts
    guard given.count == count else {
      return await withCheckedContinuation { waiting[rank] = $0 }
    }
    let all = given
    let taken = { (rank: Int) in (0..<self.count).map { all[$0]?[rank] ?? [] } }
    for (other, continuation) in waiting { continuation.resume(returning: taken(other)) }
    (given, waiting) = ([:], [:])
    return taken(rank)
  }
}

/// One of several ranks in one process.
struct InProcess: MessageTransport {
  let rank: Int
  let count: Int
  let meeting: Meeting

  func exchange(_ numbers: [Int]) async -> [Int] {
    let parts = numbers.indices.map { $0..<$0 + 1 }
    return await exchange(numbers, parts: parts, counts: numbers.map { _ in 1 })
  }

  func exchange<Element: BitwiseCopyable & Sendable>(
    _ values: [Element], parts: [Range<Int>], counts: [Int]
  ) async -> [Element] {
    let given = parts.map { part in values[part].withUnsafeBytes { Array($0) } }
    let taken = await meeting.exchange(given, from: rank)
    return zip(taken, counts).flatMap { bytes, count -> [Element] in
      bytes.withUnsafeBytes { raw in
        (0..<count).map { place in
          let offset = place * MemoryLayout<Element>.stride
          return raw.loadUnaligned(fromByteOffset: offset, as: Element.self)
        }
      }
    }
  }
}

/// Does something on several ranks at the same time.
/// - Returns: what came of each, in their order.
func onRanks<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Ranks) async throws -> Value
) async -> [Result<Value, any Error>] {
  let meeting = Meeting(of: count)
  return await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
    for rank in 0..<count {
      group.addTask {
        let ranks = Ranks(InProcess(rank: rank, count: count, meeting: meeting))
        do {
          return (rank, .success(try await body(ranks)))
        } catch {
          return (rank, .failure(error))
        }
      }
    }
    var found: [Int: Result<Value, any Error>] = [:]
    for await (rank, result) in group { found[rank] = result }
    return (0..<count).compactMap { found[$0] }
  }
}
