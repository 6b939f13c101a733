import Execution
import Saliency
import Tensors
import Testing

/// Occlusion on numbers made by hand: images of 1 x 5 and 5 x 4 under a few windows.
@Suite struct OcclusionTests {
  private func probe(
    _ size: (Int, Int), clean: Float, _ scores: [Float]
  ) async throws -> FakeProbe {
    let map = HostTensor<Float>([1, 1, size.0, size.1], filledWith: 0)
    var probe = try await FakeProbe(
      activations: map, gradients: map, table: HostTensor([1, scores.count], scores))
    probe.clean = HostTensor([1, 1], [clean])
    return probe
  }

  private func explain(
    _ probe: FakeProbe, _ settings: [String: String], _ target: Target = classZero
  ) async throws -> Explanation {
    try await Occlusion(settings: settings).explain([target], at: "input", with: probe)
  }

  private func boxes(_ probe: FakeProbe) async throws -> [[Float]] {
    let field = try #require(await probe.record.fields.first)
    guard case .boxes(let boxes, let hides) = field.geometry else { return [] }
    #expect(hides)
    let numbers = try await boxes.download()
    return (0..<field.count).map { Array(numbers.elements[4 * $0..<4 * $0 + 4]) }
  }

  // 5 x 4 under windows of 3, 2 apart: rows 0, 2; columns 0, 2 (cut to 2 ..< 4).

  @Test func windowsCoverTheImageAndTheirFallsAreAveraged() async throws {
    let probe = try await probe((5, 4), clean: 10, [9, 8, 6, 14])
    let found = try await explain(probe, ["window": "3", "stride": "2"])
    #expect(
      try await boxes(probe) == [[0, 3, 0, 3], [0, 3, 2, 4], [2, 5, 0, 3], [2, 5, 2, 4]])
    // Falls 1, 2, 4, −4.
    let map = try await found.maps.download()
    #expect(
      map.elements == [
        1, 1, 1.5, 2, 1, 1, 1.5, 2, 2.5, 2.5, 0.75, -1, 4, 4, 0, -4, 4, 4, 0, -4,
      ])
    #expect(found.passes == [Passes(forwards: 5)])
    #expect(await probe.record.targets.map { $0.map(\.score) } == [[.value], [.value]])
  }

  @Test func fallsCanBeSummed() async throws {
    let probe = try await probe((5, 4), clean: 10, [9, 8, 6, 14])
    let found = try await explain(probe, ["window": "3", "stride": "2", "agg": "sum"])
    #expect(try await found.maps.download().rows(0..<1).elements.prefix(4) == [1, 1, 3, 2])
    #expect(try await found.maps.download().elements[8..<12] == [5, 5, 3, -2])
  }

  @Test func wholeWindowsLeaveTheBorderAtZero() async throws {
    let probe = try await probe((5, 4), clean: 10, [9, 6])
    let found = try await explain(probe, ["window": "3", "stride": "2", "edge": "inside"])
    #expect(try await boxes(probe) == [[0, 3, 0, 3], [2, 5, 0, 3]])
    let map = try await found.maps.download().elements
    #expect(stride(from: 3, to: 20, by: 4).allSatisfy { map[$0] == 0 })
    #expect(map[0] == 1 && map[8] == 2.5 && map[12] == 4)
  }

  @Test func positionsAreEnlarged() async throws {
    let probe = try await probe((2, 4), clean: 0.75, [0.5, 0.25, 0.75])
    let settings = ["preset": "zeiler", "window": "2", "stride": "1"]
    let found = try await explain(probe, settings)
    let map = try await found.maps.download()
    // Falls 0.25, 0.5, 0 at half-pixel centres: 3 cells to 4.
    let row: [Float] = [0.25, 0.25 + 0.25 * 0.625, 0.5 - 0.5 * 0.375, 0]
    #expect(distance(map, HostTensor([1, 1, 2, 4], row + row)) < 1e-6)
    #expect(await probe.record.targets.map { $0.map(\.score) } == [[.probability], [.probability]])
  }

  @Test func presetsSetDefaults() throws {
    func resolved(_ settings: [String: String]) throws -> [String: String] {
      Dictionary(uniqueKeysWithValues: try Occlusion(settings: settings).resolvedSettings)
    }
    let plain = try resolved([:])
    #expect(plain["window"] == "15" && plain["stride"] == "8" && plain["baseline"] == "zero")
    let pair = try resolved(["preset": "pair"])
    #expect(pair["stride"] == "1" && pair["edge"] == "inside" && pair["agg"] == "sum")
    let tf = try resolved(["preset": "tf-explain", "window": "9"])
    #expect(tf["stride"] == "9" && tf["baseline"] == "grey" && tf["value"] == "complement")
    #expect(try resolved(["preset": "captum", "stride": "3"])["stride"] == "3")
  }

  @Test func whatDoesNotFitIsRefused() async throws {
    #expect(throws: SettingError.self) { try Occlusion(settings: ["window": "4", "stride": "5"]) }
    let probe = try await probe((5, 4), clean: 0, [0])
    let method = try Occlusion()
    let obstacle = try #require(method.needs(probe.network).obstacle)
    #expect(obstacle.contains("5x4") && obstacle.contains("window=1"))
    await #expect(throws: ExplanationError.self) {
      try await method.explain([classZero], at: "input", with: probe)
    }
  }

  @Test func passesAreCountedForSmallAndLargeImages() async throws {
    let probe = try await probe((224, 224), clean: 0, [0])
    #expect(try Occlusion().needs(probe.network).passes == Passes(forwards: 785))
  }

  @Test func noChangeAtAllIsEmpty() async throws {
    let probe = try await probe((5, 4), clean: 3, [3, 3, 3, 3])
    let found = try await explain(probe, ["window": "3", "stride": "2"])
    let summary = try #require(try await found.summaries().first)
    #expect(summary.isDegenerate && summary.reason?.contains("no window") == true)
  }
}
