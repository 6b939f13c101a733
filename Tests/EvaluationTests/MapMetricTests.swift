import Evaluation
import Saliency
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Sparseness and complexity")
struct MapMetricTests {
  private let maps = HostTensor<Float>([3, 1, 2, 4]) { place in
    place < 8 ? (place == 5 ? -3 : 0) : place < 16 ? 0.5 : 0
  }

  private func subjects() async throws -> Subjects {
    try await EvaluationTests.subjects(maps, [target(0), target(1), target(0)])
  }

  private func probe() async throws -> some Probe {
    let images = HostTensor<Float>([1, 1, 2, 4], filledWith: 0)
    return try await linearSession(images, weights: HostTensor([2, 8], filledWith: 1))
  }

  @Test("one bright pixel has 1 - 1/n, a constant map and a map of zeros have 0")
  func sparseness() async throws {
    let found = try await Sparseness().measure(subjects(), with: probe())
    #expect(found.map(\.value) == [1 - 1.0 / 8, 0, 0])
    #expect(found.map(\.isDegenerate) == [false, true, true])
  }

  @Test("one bright pixel has no entropy, a constant map and a map of zeros have ln n")
  func complexity() async throws {
    let found = try await Complexity().measure(subjects(), with: probe())
    let expected = [0, log(8.0), log(8.0)]
    #expect(zip(found, expected).allSatisfy { abs(($0.value ?? -1) - $1) < 1e-12 })
    #expect(found.map(\.isDegenerate) == [false, true, true])
    let share = try await Complexity(settings: ["normalised": "true"]).measure(
      subjects(), with: probe())
    #expect(abs((share[1].value ?? 0) - 1) < 1e-12)
  }
}
