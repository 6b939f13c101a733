import Execution
import Imaging
import Salient
import Scenes
import Testing

/// Where the maps of the bundled models point, on scenes that the models never saw.
///
/// The figures are printed; each claim has the bar that it must clear.
@Suite("Maps of the bundled models point at objects", .serialized)
struct ScenePointingTests {
  private static let methods = ["group-cam", "grad-cam"]

  @Test("the bundled model knows unseen objects, and both maps point into their boxes")
  func mapsPointIntoTheBox() async throws {
    let scenes = try Rendered.scenes(200, seed: 101, objects: 1)
    let model = try await Salient.Model.open("scenes")
    for method in Self.methods {
      let rows = scenes.map { Pointing.Row(scene: $0, target: $0.objects[0].kind) }
      let hits = try await Pointing.maxima(model, method, rows).count { row, x, y in
        row.scene.objects[0].box.contains(x, y)
      }
      print("\(method): \(hits) of 200 maxima in the box")
      #expect(hits >= 180, "\(method): \(hits) of 200")
    }
    let centre = scenes.count { $0.objects[0].box.contains(64, 64) }
    var random = Dice(state: 1)
    let chance = scenes.count { $0.objects[0].box.contains(random.roll(128), random.roll(128)) }
    print("centre: \(centre) of 200; a random map: \(chance) of 200")
    #expect(centre <= 70 && chance <= 70)
  }

  @Test("of two objects, the map of the second class points into the second box")
  func secondClassPointsIntoItsOwnBox() async throws {
    let scenes = try Rendered.scenes(200, seed: 102, objects: 2)
    let model = try await Salient.Model.open("scenes")
    for method in Self.methods {
      let rows = scenes.map { Pointing.Row(scene: $0, target: $0.objects[1].kind) }
      let hits = try await Pointing.maxima(model, method, rows).count { row, x, y in
        row.scene.objects[1].box.contains(x, y)
      }
      print("\(method): \(hits) of 200 maxima of the second class in its own box")
      #expect(hits >= 150, "\(method): \(hits) of 200")
    }
  }

  @Test("both methods light the planted mark on the misled model, and not on the other")
  func mapsLightThePlantedMark() async throws {
    let scenes = try Rendered.scenes(1200, seed: 103, objects: 1, shortcut: .cup)
      .filter { $0.mark != nil }
    #expect(scenes.count >= 60)
    let rows = scenes.map { Pointing.Row(scene: $0, target: .cup) }
    for name in ["scenes-shortcut", "scenes"] {
      let model = try await Salient.Model.open(name)
      for method in Self.methods {
        let maps = try await Pointing.maps(model, method, rows)
        let lit = zip(rows, maps).count { $0.scene.isMarkLit(by: $1) }
        print("\(name), \(method): \(lit) of \(rows.count) planted marks are lit")
        if name == "scenes" {
          #expect(10 * lit <= rows.count, "\(method): \(lit) of \(rows.count)")
        } else {
          #expect(5 * lit >= 4 * rows.count, "\(method): \(lit) of \(rows.count)")
        }
      }
    }
  }
}

extension Scene {
  /// Whether a map reaches half of its height inside of the mark.
  fileprivate func isMarkLit(by map: [Float]) -> Bool {
    guard let mark else { return false }
    return (mark.y..<mark.bottom).contains { y in
      (mark.x..<mark.right).contains { x in map[y * picture.width + x] >= 0.5 }
    }
  }
}

/// Scenes of the evaluation split.
private enum Rendered {
  static func scenes(
    _ count: Int, seed: UInt64, objects: Int, shortcut: ObjectClass? = nil
  ) throws -> [Scene] {
    let options = try SceneOptions(objectCount: objects...objects, shortcut: shortcut)
    let renderer = try SceneRenderer(seed: seed, options: options)
    return (0..<count).map { renderer.scene($0) }
  }
}

/// Maps of many scenes, each of one class.
private enum Pointing {
  struct Row {
    let scene: Scene
    let target: ObjectClass
  }

  /// The greatest place of each map; the first where several are equal.
  static func maxima(
    _ model: Salient.Model, _ method: String, _ rows: [Row]
  ) async throws -> [(row: Row, x: Int, y: Int)] {
    zip(rows, try await maps(model, method, rows)).map { row, map in
      let place = map.indices.max { map[$0] < map[$1] } ?? 0
      return (row, place % 128, place / 128)
    }
  }

  /// A map for each row, in order; the rows of a class share a call.
  static func maps(
    _ model: Salient.Model, _ method: String, _ rows: [Row]
  ) async throws -> [[Float]] {
    var found = [[Float]](repeating: [], count: rows.count)
    for kind in ObjectClass.allCases {
      let places = rows.indices.filter { rows[$0].target == kind }
      guard !places.isEmpty else { continue }
      let pixels = places.flatMap { self.pixels(rows[$0].scene.picture) }
      let maps = try await model.explain(
        pixels, shape: [places.count, 3, 128, 128], method: method, target: String(kind.index))
      for (place, map) in zip(places, maps) { found[place] = map.values }
    }
    return found
  }

  /// A picture as the bundled models expect it: planes of (value / 255 - 0.5) / 0.25.
  private static func pixels(_ picture: Picture) -> [Float] {
    (0..<3).flatMap { channel in
      stride(from: channel, to: picture.bytes.count, by: 3).map { place in
        (Float(picture.bytes[place]) / 255 - 0.5) / 0.25
      }
    }
  }
}

/// Random places, the same in every run.
private struct Dice {
  var state: UInt64

  mutating func roll(_ sides: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(sides))
  }
}
