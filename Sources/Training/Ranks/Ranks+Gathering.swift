import Jobs

extension Ranks {
  /// What all ranks have.
  /// - Returns: the values of each rank, in their order.
  /// - Throws: the `Failure` of the first rank that cannot go on.
  package func gathered<Element: BitwiseCopyable & Sendable>(
    _ values: [Element]
  ) async throws(Failure) -> [[Element]] {
    let parts = [Range<Int>](repeating: values.indices, count: count)
    return try await exchange(values, parts: parts).map { Array($0) }
  }

  /// A text of each rank, in their order.
  /// - Throws: the `Failure` of the first rank that cannot go on.
  public func gathered(_ text: String) async throws(Failure) -> [String] {
    try await gathered(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What files are amiss, of all ranks in their order.
  /// - Throws: the `Failure` of the first rank that cannot go on.
  package func gathered(_ failures: [Failure]) async throws(Failure) -> [Failure] {
    guard count > 1 else { return failures }
    let lines = failures.map { $0.bytes + [UInt8(ascii: "\n")] }
    return try await gathered(lines.flatMap(\.self)).flatMap { bytes in
      bytes.split(separator: UInt8(ascii: "\n")).map { Failure(bytes: $0, from: 0) }
    }
  }

  /// Waits until all ranks are as far as this one.
  /// - Throws: the `Failure` of the first rank that cannot go on.
  public func agree() async throws(Failure) {
    _ = try await gathered([UInt8]())
  }

  /// Refuses to go on where ranks have different texts.
  /// - Throws: `Failure` naming the first rank whose text is another than that of rank 0.
  package func agree(on text: String) async throws(Failure) {
    let texts = try await gathered(text)
    if let rank = texts.firstIndex(where: { $0 != texts[0] }) { throw .differs(rank) }
  }
}
