import Evaluation
import Imaging
import Tensors
import Testing

@Suite("Maps at other resolutions")
struct MapSamplingTests {
  private let map = HostTensor<Float>([1, 1, 3, 4]) { Float($0 * $0) }

  @Test("a map of the size that is wanted stays as it is, unless a part beside it is wanted")
  func sameSize() {
    let whole = Region(x: 0, y: 0, width: 4, height: 3)
    #expect(MapSampling.resized(map, height: 3, width: 4) == map.elements)
    #expect(MapSampling.resized(map, whole, height: 3, width: 4) == map.elements)
    // One column to the right and one row down; the border goes on beyond the last ones.
    let moved = Region(x: 1, y: 1, width: 4, height: 3)
    let expected = [5, 6, 7, 7, 9, 10, 11, 11, 9, 10, 11, 11].map { map[$0] }
    #expect(MapSampling.resized(map, moved, height: 3, width: 4) == expected)
  }

  @Test("twice as large: a quarter and three quarters between neighbours")
  func larger() {
    let row = HostTensor<Float>([1, 1, 1, 2], [0, 4])
    #expect(MapSampling.resized(row, height: 1, width: 4) == [0, 1, 3, 4])
  }
}
