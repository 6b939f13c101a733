/// XRAI's regions: segments added one by one, the one with the densest attribution first.
///
/// Kapishnikov et al., XRAI: Better Attributions Through Regions, 2019, algorithm 2, as PAIR's code
/// computes it. With C what is covered so far and a the attribution of a pixel, the gain of a
/// segment m is the mean of a over m \ C. Means are taken in double precision, pixels ascending.
public struct RegionGrowth: Sendable, Hashable {
  /// Growth ends when more than this part of the picture is covered, in [0, 1]; `fast` ignores it.
  public var area: Double
  /// Segments that would add fewer pixels than this are left out.
  public var fewestPixels: Int

  /// A way to grow.
  public init(area: Double = 1, fewestPixels: Int = 50) {
    self.area = area
    self.fewestPixels = max(fewestPixels, 1)
  }

  /// What growth finds.
  public struct Regions: Sendable, Hashable {
    /// The gain of the region of each pixel.
    public var map: [Float]
    /// The rank of the region of each pixel, from 1: highest gain first, the left-over last.
    public var ranks: [Int]
  }

  /// Adds the segment with the largest gain until enough is covered; the first wins a tie.
  ///
  /// Pixels left over share the mean of their attribution.
  /// - Parameters:
  ///   - attribution: a finite number for each pixel.
  ///   - segments: pixels, ascending; segments may overlap.
  /// - Returns: the regions.
  public func full(_ attribution: [Float], _ segments: [[Int32]]) -> Regions {
    let owners = Owners(segments, pixels: attribution.count)
    var rest = segments
    var gains = segments.map { Self.mean(of: attribution, over: $0) }
    var open = Array(segments.indices)
    var isStale = [Bool](repeating: false, count: segments.count)
    var trace = Trace(pixels: attribution.count)
    repeat {
      for segment in open where isStale[segment] {
        rest[segment].removeAll { trace.isCovered[Int($0)] }
        gains[segment] = Self.mean(of: attribution, over: rest[segment])
        isStale[segment] = false
      }
      open.removeAll { rest[$0].count < fewestPixels }
      guard var best = open.first else { break }
      for segment in open where gains[segment] > gains[best] { best = segment }
      for pixel in rest[best] {
        for owner in owners.segments(of: Int(pixel)) { isStale[Int(owner)] = true }
      }
      trace.add(rest[best], gains[best])
      open.removeAll { $0 == best }
    } while trace.coveredPart <= area
    return trace.regions(of: attribution)
  }

  /// Walks once through the segments in the order of their means, largest first; equal means keep
  /// the order of the segments.
  public func fast(_ attribution: [Float], _ segments: [[Int32]]) -> Regions {
    let means = segments.map { Self.mean(of: attribution, over: $0) }
    let order = segments.indices.sorted { (means[$0], $1) > (means[$1], $0) }
    var trace = Trace(pixels: attribution.count)
    for segment in order {
      let added = segments[segment].filter { !trace.isCovered[Int($0)] }
      guard added.count >= fewestPixels else { continue }
      trace.add(added, Self.mean(of: attribution, over: added))
    }
    return trace.regions(of: attribution)
  }

  /// The mean over some pixels; -infinity over none.
  fileprivate static func mean(of attribution: [Float], over pixels: [Int32]) -> Double {
    guard !pixels.isEmpty else { return -.infinity }
    return pixels.reduce(0) { $0 + Double(attribution[Int($1)]) } / Double(pixels.count)
  }
}

/// The segments that each pixel belongs to.
private struct Owners {
  private var starts: [Int]
  private var list: [Int32]

  init(_ segments: [[Int32]], pixels: Int) {
    starts = [Int](repeating: 0, count: pixels + 1)
    for segment in segments { for pixel in segment { starts[Int(pixel) + 1] += 1 } }
    for pixel in 0..<pixels { starts[pixel + 1] += starts[pixel] }
    list = [Int32](repeating: 0, count: starts[pixels])
    var next = starts
    for (place, segment) in segments.enumerated() {
      for pixel in segment {
        list[next[Int(pixel)]] = Int32(place)
        next[Int(pixel)] += 1
      }
    }
  }

  func segments(of pixel: Int) -> ArraySlice<Int32> { list[starts[pixel]..<starts[pixel + 1]] }
}

/// The regions found so far, in the order in which they were added.
private struct Trace {
  private(set) var isCovered: [Bool]
  private var covered = 0
  private var regions: [(pixels: [Int32], gain: Double)] = []

  init(pixels: Int) {
    isCovered = [Bool](repeating: false, count: pixels)
  }

  var coveredPart: Double { Double(covered) / Double(isCovered.count) }

  mutating func add(_ pixels: [Int32], _ gain: Double) {
    for pixel in pixels { isCovered[Int(pixel)] = true }
    covered += pixels.count
    regions.append((pixels, gain))
  }

  func regions(of attribution: [Float]) -> RegionGrowth.Regions {
    let order = regions.indices.sorted { (regions[$0].gain, $1) > (regions[$1].gain, $0) }
    var ranked = order.map { regions[$0] }
    let left = isCovered.indices.filter { !isCovered[$0] }.map { Int32($0) }
    if !left.isEmpty { ranked.append((left, RegionGrowth.mean(of: attribution, over: left))) }
    var found = RegionGrowth.Regions(
      map: [Float](repeating: 0, count: isCovered.count),
      ranks: [Int](repeating: 0, count: isCovered.count))
    for (rank, region) in ranked.enumerated() {
      for pixel in region.pixels {
        found.map[Int(pixel)] = Float(region.gain)
        found.ranks[Int(pixel)] = rank + 1
      }
    }
    return found
  }
}
