import Jobs
import Testing
import Training

@Suite("Ranks that learn together")
struct RanksTests {
  /// Numbers whose sum depends on the order in which they are added.
  private static func values(_ rank: Int, count: Int) -> [Float] {
    (0..<count).map { place in
      [1e8, -1e8, 1, 0.1, 3e-8][(place + rank) % 5] * Float(1 + place % 7)
    }
  }

  @Test("add up vectors in order of ranks, to the bit", arguments: [1, 2, 3, 5])
  func sumsAreInOrder(count: Int) async throws {
    for length in [0, 1, 4, 103] {
      let start = (0..<length).map { Float($0) / 3 }
      let results = await onRanks(count) { ranks in
        let own = Self.values(ranks.rank, count: length)
        return [try await ranks.sum(own), try await ranks.sum(own, onto: start)]
      }
      var (sum, onto) = ([Float](repeating: 0, count: length), start)
      for rank in 0..<count {
        for (place, value) in Self.values(rank, count: length).enumerated() {
          sum[place] = rank == 0 ? value : sum[place] + value
          onto[place] += value
        }
      }
      #expect(results.count == count)
      for result in results {
        let found = try result.get()
        #expect(found[0].map(\.bitPattern) == sum.map(\.bitPattern))
        #expect(found[1].map(\.bitPattern) == onto.map(\.bitPattern))
      }
    }
  }

  @Test("hear of each other in their order")
  func textsAreGathered() async throws {
    let results = await onRanks(3) { ranks in
      try await ranks.gathered(String(repeating: "é", count: ranks.rank))
    }
    for result in results { #expect(try result.get() == ["", "é", "éé"]) }
  }

  @Test("end with the failure of the first that has one, whatever the others are at")
  func oneFailureEndsAll() async throws {
    let results = await onRanks(4) { ranks -> Failure in
      switch ranks.rank {
      case 0: _ = try await ranks.sum([Float](repeating: 1, count: 9))
      case 1: _ = try await ranks.gathered("still here")
      case 2: return await ranks.end(with: Failure(.temporary, "gpu", "is lost", try: "wait"))
      default: return await ranks.end(with: Failure(.inputOutput, "disk", "is full"))
      }
      throw Failure(.ours, "", "it went on")
    }
    let failure = Failure(.temporary, "rank 2, gpu", "is lost", try: "wait")
    #expect(results.count == 4)
    for (rank, result) in results.enumerated() {
      switch result {
      case .success(let found): #expect(rank > 1 && found == failure)
      case .failure(let error): #expect(rank < 2 && error as? Failure == failure)
      }
    }
  }

  @Test("stay ended, and wait for nobody then")
  func anEndIsAnEnd() async throws {
    let results = await onRanks(2) { ranks -> [Failure] in
      let first = await ranks.end(with: Failure(.interrupted, "", "interrupted"))
      let second = await ranks.end(with: Failure(.ours, "", "later"))
      guard ranks.isFirst else { return [first, second] }
      let third = await #expect(throws: Failure.self) { try await ranks.agree() }
      return [first, second] + [third].compactMap { $0 }
    }
    let end = Failure(.interrupted, "", "interrupted")
    #expect(try results.map { try $0.get() } == [[end, end, end], [end, end]])
  }

  @Test("do not train different things")
  func differencesAreRefused() async throws {
    let results = await onRanks(3) { ranks in
      try await ranks.agree(on: ranks.rank == 2 ? "those pictures" : "these pictures")
    }
    for result in results {
      let failure = #expect(throws: Failure.self) { try result.get() }
      #expect(failure?.place == "rank 2" && failure?.kind == .content)
    }
  }
}
