import Saliency
import Tensors
import Testing

/// Segments, masks and regions on pictures made by hand.
@Suite struct RegionTests {
  private static func noise(_ shape: Shape, seed: UInt64 = 1) -> HostTensor<Double> {
    var state = seed
    return HostTensor(shape) { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 23) - 1
    }
  }

  @Test func pictureOfOneColourIsOneSegment() {
    let flat = PixelGraph(HostTensor([3, 7, 5], filledWith: 0.25))
    let found = flat.segmentation(scale: 50, minimumSize: 0)
    #expect(found.count == 1 && found.labels == [Int](repeating: 0, count: 35))
  }

  @Test func pictureOfTwoColoursIsTwoSegments() {
    let halves = HostTensor<Double>([3, 12, 20]) { $0 % 20 < 9 ? -1 : 1 }
    let found = PixelGraph(halves, sigma: 0).segmentation(scale: 50, minimumSize: 20)
    #expect(found.labels == (0..<240).map { $0 % 20 < 9 ? 0 : 1 })
  }

  @Test(arguments: [0, 1, 20, 1000])
  func segmentsAreNumberedByTheirFirstPixelAndLargeEnough(smallest: Int) {
    let found = PixelGraph(Self.noise([3, 20, 30]))
      .segmentation(scale: 60, minimumSize: smallest)
    var next = 0
    for label in found.labels {
      #expect(label <= next)
      next = max(next, label + 1)
    }
    #expect(next == found.count)
    let sizes = (0..<found.count).map { label in found.labels.count { $0 == label } }
    #expect(sizes.allSatisfy { $0 >= min(smallest, 600) })
  }

  @Test func hostilePicturesGiveSegments() {
    for shape in [[1, 1, 1], [3, 1, 9], [3, 9, 1], [4, 2, 2]] as [Shape] {
      let size = shape[1] * shape[2]
      for value in [Double.nan, .infinity, -.infinity, 1e308] {
        var picture = Self.noise(shape)
        picture[0] = value
        let found = PixelGraph(picture).segmentation(scale: 50, minimumSize: 2)
        #expect(found.labels.count == size && found.labels.max() == found.count - 1)
      }
    }
  }

  @Test(arguments: [0, 1, 2, 5, 40])
  func masksGrowByADisc(radius: Int) {
    let segments = PixelGraph(Self.noise([1, 17, 23]))
      .segmentation(scale: 100, minimumSize: 12)
    #expect(segments.count > 2)
    for (label, mask) in segments.masks(grownBy: radius).enumerated() {
      let expected = (0..<17 * 23).filter { pixel in
        segments.labels.indices.contains { other in
          let (dy, dx) = (pixel / 23 - other / 23, pixel % 23 - other % 23)
          return segments.labels[other] == label && dx * dx + dy * dy <= radius * radius
        }
      }
      #expect(mask.map { Int($0) } == expected)
    }
  }

  /// Gains of 4, then 1 beside 2 that is left: the second segment adds two new pixels of 1.
  @Test func densestAdditionComesFirst() {
    let attribution: [Float] = [4, 4, 4, 1, 1, 2, -3, -3]
    let segments: [[Int32]] = [[2, 3, 4], [0, 1, 2], [5], [6, 7]]
    let found = RegionGrowth(fewestPixels: 2).full(attribution, segments)
    #expect(found.map == [4, 4, 4, 1, 1, 2, -3, -3])
    #expect(found.ranks == [1, 1, 1, 2, 2, 4, 3, 3])
    let half = RegionGrowth(area: 0.3, fewestPixels: 2).full(attribution, segments)
    let rest = Float(1 + 1 + 2 - 3 - 3) / 5
    #expect(half.map == [4, 4, 4, rest, rest, rest, rest, rest])
    #expect(half.ranks == [1, 1, 1, 2, 2, 2, 2, 2])
  }

  /// By its whole mean the second segment comes first, and the first adds less than its mean.
  @Test func fastGrowthSortsOnce() {
    let attribution: [Float] = [1, 1, 9, 2, 2, 0]
    let segments: [[Int32]] = [[0, 1, 2], [2, 3, 4]]
    let growth = RegionGrowth(fewestPixels: 1)
    let fast = growth.fast(attribution, segments)
    let first = Float(13) / 3
    #expect(fast.map == [1, 1, first, first, first, 0])
    #expect(fast.ranks == [2, 2, 1, 1, 1, 3])
    #expect(growth.full(attribution, segments) == fast)
  }

  @Test func firstSegmentWinsATie() {
    let growth = RegionGrowth(fewestPixels: 1)
    let found = growth.full([1, 1, 1, 1], [[2, 3], [0, 1, 2]])
    #expect(found.ranks == [2, 2, 1, 1])
    #expect(growth.fast([1, 1, 1, 1], [[2, 3], [0, 1, 2]]).ranks == [2, 2, 1, 1])
    #expect(growth.full([], []).map.isEmpty)
    #expect(growth.full([3, 1], []).map == [2, 2])
  }

  /// Growth keeps what it knows of segments that nothing touched; this takes everything anew.
  private static func plainGrowth(
    _ attribution: [Float], _ segments: [[Int32]], fewest: Int
  ) -> [Float] {
    var covered: Set<Int32> = []
    var open = segments
    var map = [Float](repeating: .nan, count: attribution.count)
    while true {
      open.removeAll { $0.count { !covered.contains($0) } < fewest }
      var best: (place: Int, gain: Double)?
      for (place, segment) in open.enumerated() {
        let added = segment.filter { !covered.contains($0) }
        let gain = added.reduce(0.0) { $0 + Double(attribution[Int($1)]) } / Double(added.count)
        if gain > best?.gain ?? -.infinity { best = (place, gain) }
      }
      guard let best else { break }
      for pixel in open[best.place] where covered.insert(pixel).inserted {
        map[Int(pixel)] = Float(best.gain)
      }
      open.remove(at: best.place)
    }
    let left = map.indices.filter { map[$0].isNaN }
    let mean = left.reduce(0.0) { $0 + Double(attribution[$1]) } / Double(left.count)
    for pixel in left { map[pixel] = Float(mean) }
    return map
  }

  @Test(arguments: [1, 10, 50])
  func everyPixelIsAssignedAsByPlainGrowth(fewest: Int) {
    let picture = Self.noise([1, 24, 24])
    let graph = PixelGraph(picture, sigma: 1.2)
    let segments = [10, 40, 90].flatMap { scale in
      graph.segmentation(scale: scale, minimumSize: 6).masks(grownBy: 2)
    }
    let attribution = Self.noise([1, 24, 24], seed: 9).elements.map { Float($0) }
    let found = RegionGrowth(fewestPixels: fewest).full(attribution, segments)
    #expect(found.map == Self.plainGrowth(attribution, segments, fewest: fewest))
    #expect(found.ranks.allSatisfy { $0 >= 1 })
    #expect(Set(found.ranks).count == found.ranks.max())
  }
}
