import Imaging
import Jobs
import Synchronization
import Testing

@Suite struct PixelCountTests {
  /// What is under way at the same time.
  private struct Load {
    var now = 0
    var most = 0
    var running = 0
    var mostRunning = 0
  }

  private func load(_ costs: [Int], threads: Int) async -> (Load, [Int]) {
    let load = Mutex(Load())
    let order = await concurrentMap(Array(costs.indices), threads: threads, cost: { costs[$0] }) {
      place in
      load.withLock { load in
        load.now += costs[place]
        load.running += 1
        load.most = max(load.most, load.now)
        load.mostRunning = max(load.mostRunning, load.running)
      }
      try? await Task.sleep(for: .milliseconds(5))
      load.withLock { load in
        load.now -= costs[place]
        load.running -= 1
      }
      return place
    }
    return (load.withLock { $0 }, order)
  }

  @Test func largePicturesAreDecodedOneByOne() async {
    let (large, order) = await load([Int](repeating: 88_000_000, count: 8), threads: 8)
    #expect(large.mostRunning == 1)
    #expect(order == Array(0..<8))
    // One alone may have more than all may have together.
    let (huge, _) = await load([200_000_000, 1, 200_000_000, 1], threads: 4)
    #expect(huge.mostRunning < 4 && huge.most <= 200_000_001)
  }

  @Test func smallPicturesFillTheThreads() async {
    let (small, order) = await load([Int](repeating: 12_000_000, count: 24), threads: 4)
    #expect((2...4).contains(small.mostRunning) && small.most <= 48_000_000)
    #expect(order == Array(0..<24))
  }

  @Test func headersStateTheSize() throws {
    let folder = try TestFolder()
    let picture = Picture(width: 300, height: 70, filledWith: .white)
    let png = try folder.write(try picture.png(), to: "a.png")
    #expect(try PictureSource(png).statedPixelCount == 21_000)
    let bytes = try picture.jpeg(quality: 80)
    #expect(try PictureSource(folder.write(bytes, to: "b.jpg")).statedPixelCount == 21_000)
    // A long segment stands in front of the frame, and a fill byte.
    let long = [UInt8](repeating: 0xc0, count: 65_533)
    let padded = Array(bytes[..<2]) + [0xff, 0xe1, 0xff, 0xff] + long + [0xff] + bytes[2...]
    #expect(try PictureSource(folder.write(padded, to: "c.jpg")).statedPixelCount == 21_000)
    for count in [8, 20, 60] {
      let cut = try folder.write(Array(bytes.prefix(count)), to: "d\(count).jpg")
      #expect(try PictureSource(cut).statedPixelCount == 0)
    }
    let vast: [UInt8] = TestFolder.picture + [0, 0, 0, 13, 73, 72, 68, 82] + [255, 255, 255, 255]
    let file = try folder.write(vast + [255, 255, 255, 255, 8, 2, 0, 0, 0], to: "e.png")
    #expect(try PictureSource(file).statedPixelCount == Int.max)
  }
}
