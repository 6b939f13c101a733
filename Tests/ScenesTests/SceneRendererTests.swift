import Imaging
import Scenes
import Testing

@Suite("Scenes are rendered")
struct SceneRendererTests {
  @Test("a scene depends on seed, split and number alone, and comes out the same every time")
  func scenesAreDeterministic() throws {
    let renderer = try SceneRenderer(seed: 7, options: SceneOptions())
    let again = try SceneRenderer(seed: 7, options: SceneOptions())
    let scene = renderer.scene(5)
    _ = again.scene(0)
    #expect(scene == again.scene(5))
    #expect(scene.picture != renderer.scene(6).picture)
    #expect(try scene.picture != SceneRenderer(seed: 8, options: SceneOptions()).scene(5).picture)
    let training = try SceneOptions(split: .training)
    #expect(try scene.picture != SceneRenderer(seed: 7, options: training).scene(5).picture)
  }

  @Test("scenes are those that the bundled models learned from: masks have a recorded hash")
  func masksAreThoseRecorded() throws {
    // Masks come from our own arithmetic alone; pictures also from a JPEG decoder, which differs
    // between machines.
    let renderer = try SceneRenderer(seed: 1, options: SceneOptions())
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for number in 0..<8 {
      for value in renderer.scene(number).mask.values {
        hash = (hash ^ UInt64(value)) &* 0x0000_0100_0000_01b3
      }
    }
    #expect(hash == 0x62da_c7d4_f9a5_e811)
  }

  @Test("boxes are the smallest around the pixels of the mask", arguments: [1...1, 3...3, 1...3])
  func masksAgreeWithBoxes(count: ClosedRange<Int>) throws {
    let renderer = try SceneRenderer(seed: 11, options: SceneOptions(objectCount: count))
    var objects = 0
    for number in 0..<60 {
      let scene = renderer.scene(number)
      #expect(count.contains(scene.objects.count))
      #expect(Set(scene.objects.map(\.kind)).count == scene.objects.count)
      for (place, object) in scene.objects.enumerated() {
        let found = Pixels.box(of: UInt8(place + 1), in: scene.mask)
        #expect(found?.box == object.box)
        #expect(found?.count == object.pixelCount)
        #expect(object.pixelCount >= 60, "scene \(number): \(object)")
      }
      #expect(scene.mask.values.allSatisfy { Int($0) <= scene.objects.count })
      objects += scene.objects.count
    }
    #expect(objects >= 60 * count.lowerBound)
  }

  @Test(
    "sizes other than the default are rendered with the same guarantees",
    arguments: [(128, 320), (257, 131), (512, 512)])
  func otherSizesAreRendered(height: Int, width: Int) throws {
    let options = try SceneOptions(height: height, width: width, shortcut: .tree)
    let renderer = try SceneRenderer(seed: 3, options: options)
    for number in 0..<12 {
      let scene = renderer.scene(number)
      #expect((scene.picture.height, scene.picture.width) == (height, width))
      for object in scene.objects {
        #expect(4 * object.box.area <= height * width)
        #expect(object.box.right <= width && object.box.bottom <= height)
      }
    }
  }

  @Test("the mark accompanies its class, always and only, and touches no object")
  func markAccompaniesItsClass() throws {
    let options = try SceneOptions(shortcut: .cup)
    let renderer = try SceneRenderer(seed: 5, options: options)
    var marked = 0
    for number in 0..<150 {
      let scene = renderer.scene(number)
      let isThere = scene.objects.contains { $0.kind == .cup }
      #expect((scene.mark != nil) == isThere)
      guard let mark = scene.mark else { continue }
      marked += 1
      #expect(mark.width <= 14 && mark.height <= 14)
      #expect(mark.right <= 128 && mark.bottom <= 128)
      // Its middle is magenta in every scene, whatever the grain.
      let colour = scene.picture[mark.x + mark.width / 2, mark.y + mark.height / 2]
      #expect(colour.red > 170 && colour.green < 60 && (110...200).contains(colour.blue))
      for y in mark.y..<mark.bottom {
        for x in mark.x..<mark.right { #expect(scene.mask.values[y * 128 + x] == 0) }
      }
    }
    #expect((10...60).contains(marked), "\(marked) of 150")
  }

  @Test("without a shortcut there is no mark, and the scene is the same but for it")
  func markChangesNothingElse() throws {
    let plain = try SceneRenderer(seed: 5, options: SceneOptions())
    let marked = try SceneRenderer(seed: 5, options: SceneOptions(shortcut: .cup))
    for number in 0..<20 {
      let (scene, other) = (plain.scene(number), marked.scene(number))
      #expect(scene.mark == nil)
      #expect(scene.objects.map(\.kind) == other.objects.map(\.kind))
      if other.mark == nil { #expect(scene == other) }
    }
  }

  @Test("what is not rendered is refused")
  func badOptionsAreRefused() {
    #expect(throws: SceneError.size(height: 127, width: 128)) { try SceneOptions(height: 127) }
    #expect(throws: SceneError.size(height: 128, width: 2049)) { try SceneOptions(width: 2049) }
    #expect(throws: SceneError.objectCount(0)) { try SceneOptions(objectCount: 0...1) }
    #expect(throws: SceneError.objectCount(4)) { try SceneOptions(objectCount: 1...4) }
  }
}

/// What a mask says about an object, counted pixel by pixel.
enum Pixels {
  static func box(of label: UInt8, in mask: GrayPicture) -> (box: PixelBox, count: Int)? {
    let places = mask.values.indices.filter { mask.values[$0] == label }
    let (columns, rows) = (places.map { $0 % mask.width }, places.map { $0 / mask.width })
    guard let left = columns.min(), let right = columns.max(), let top = rows.min(),
      let bottom = rows.max()
    else { return nil }
    let box = PixelBox(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
    return (box, places.count)
  }
}
