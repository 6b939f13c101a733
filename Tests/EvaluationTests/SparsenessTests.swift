import Evaluation
import Tensors
import Testing

@Suite("Sparseness")
struct SparsenessTests {
  @Test("one bright pixel has 1 - 1/n, a constant map and a map of zeros have 0")
  func closedCases() async throws {
    let maps = HostTensor<Float>([3, 1, 2, 4]) { place in
      place < 8 ? (place == 5 ? -3 : 0) : place < 16 ? 0.5 : 0
    }
    let images = HostTensor<Float>([1, 1, 2, 4], filledWith: 0)
    let probe = try await linearSession(images, weights: HostTensor([2, 8], filledWith: 1))
    let found = try await Sparseness().measure(
      subjects(maps, [target(0), target(1), target(0)]), with: probe)
    #expect(found.map(\.value) == [1 - 1.0 / 8, 0, 0])
    #expect(found.map(\.isDegenerate) == [false, true, true])
  }
}
