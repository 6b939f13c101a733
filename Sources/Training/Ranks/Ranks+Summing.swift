import Jobs

extension Ranks {
  /// The sum of the vectors of all ranks, element by element, in order of ranks.
  ///
  /// Each rank adds up a share of the elements and gives the others what came of it: the bits follow
  /// from the vectors and the number of ranks alone, and each element goes over the wire twice.
  /// - Parameters:
  ///   - values: the vector of this rank, of one length everywhere.
  ///   - start: what they are added to, the same on each rank; nil to begin with the vector of rank 0.
  /// - Returns: the sum, the same on each rank.
  /// - Throws: the `Failure` of the first rank that cannot go on.
  package func sum(_ values: [Float], onto start: [Float]? = nil) async throws(Failure) -> [Float] {
    guard count > 1, transport != nil else {
      guard var sum = start else { return values }
      Self.add(values[...], to: &sum)
      return sum
    }
    var sum: [Float] = []
    sum.reserveCapacity(values.count)
    for begin in stride(from: 0, to: values.count, by: Self.blockLength) {
      let length = min(Self.blockLength, values.count - begin)
      let shares = (0..<count).map { rank in
        begin + length * rank / count..<begin + length * (rank + 1) / count
      }
      let parts = try await exchange(values, parts: shares)
      var share = Array(start?[shares[rank]] ?? parts[0])
      for part in parts.dropFirst(start == nil ? 1 : 0) { Self.add(part, to: &share) }
      let all = try await exchange(share, parts: shares.map { _ in share.indices })
      for part in all { sum += part }
    }
    return sum
  }

  /// The elements that are under way at once: 64 MB.
  private static let blockLength = 1 << 24

  private static func add(_ part: ArraySlice<Float>, to sum: inout [Float]) {
    let offset = part.startIndex
    for place in sum.indices { sum[place] += part[offset + place] }
  }
}
