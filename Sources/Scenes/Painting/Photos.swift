import Assets
import Imaging

/// The bundled photos.
public enum PhotoName: String, Sendable, CaseIterable {
  /// An astronaut, and a model of the shuttle.
  case astronaut = "astronaut.jpg"
  /// The face of a cat.
  case cat = "cat.jpg"
  /// A cup of coffee on a table.
  case coffee = "coffee.jpg"
  /// A rocket on its pad.
  case rocket = "rocket.png"
  /// A wall of bricks.
  case brick = "texture-brick.png"
  /// Grass.
  case grass = "texture-grass.png"
  /// Gravel.
  case gravel = "texture-gravel.png"

  /// The parts that may lie behind objects, in pixels: none shows what a class shows.
  var backgrounds: [PixelBox] {
    switch self {
    case .astronaut:
      [
        PixelBox(x: 0, y: 0, width: 110, height: 220),
        PixelBox(x: 300, y: 60, width: 60, height: 150),
      ]
    case .cat:
      [
        PixelBox(x: 20, y: 150, width: 130, height: 150),
        PixelBox(x: 370, y: 70, width: 80, height: 220),
      ]
    case .coffee:
      [
        PixelBox(x: 470, y: 20, width: 130, height: 380),
        PixelBox(x: 0, y: 200, width: 85, height: 200),
      ]
    case .rocket:
      [
        PixelBox(x: 0, y: 0, width: 290, height: 420),
        PixelBox(x: 350, y: 0, width: 290, height: 420),
      ]
    case .brick, .grass, .gravel: [PixelBox(x: 0, y: 0, width: 256, height: 256)]
    }
  }
}

/// The photos decoded, each in sizes that halve, so that shrinking one does not flicker.
struct Photos: Sendable {
  private struct Level: Sendable {
    let width: Int
    let height: Int
    let pixels: [Colour]
  }

  private let levels: [PhotoName: [Level]]

  /// Decodes what the binary carries.
  /// - Throws: `SceneError.photo` where a codec refuses.
  init() throws(SceneError) {
    var levels: [PhotoName: [Level]] = [:]
    for name in PhotoName.allCases {
      guard let bytes = EmbeddedAssets.bytes(of: "photos/\(name.rawValue)") else {
        throw .photo(name: name.rawValue, problem: "not in this binary")
      }
      let picture: Picture
      do throws(ImagingError) {
        picture = try PictureFile(bytes).picture
      } catch {
        throw .photo(name: name.rawValue, problem: error.what)
      }
      var level = Self.level(picture)
      levels[name] = [level]
      for _ in 0..<3 {
        level = Self.halved(level)
        levels[name]?.append(level)
      }
    }
    self.levels = levels
  }

  /// The colour at a place in pixels of the full photo, between pixels by interpolation.
  ///
  /// - Parameters:
  ///   - name: the photo.
  ///   - x: from the left edge; beyond an edge the edge's pixel counts.
  ///   - y: from the upper edge.
  ///   - step: how many pixels of the photo make one of the scene.
  /// - Returns: the colour.
  func colour(_ name: PhotoName, _ x: Double, _ y: Double, step: Double) -> Colour {
    guard let all = levels[name], !all.isEmpty else { return Colour(gray: 0.5) }
    var (place, factor) = (0, 1.0)
    while place + 1 < all.count, step > factor * 1.5 {
      place += 1
      factor *= 2
    }
    let level = all[place]
    let column = min(max(x / factor - 0.5, 0), Double(level.width - 1))
    let row = min(max(y / factor - 0.5, 0), Double(level.height - 1))
    let (left, top) = (Int(column), Int(row))
    let (right, bottom) = (min(left + 1, level.width - 1), min(top + 1, level.height - 1))
    let (across, down) = (Float(column - Double(left)), Float(row - Double(top)))
    let pixel = { (x: Int, y: Int) in level.pixels[y * level.width + x] }
    let upper = pixel(left, top).mixed(pixel(right, top), across)
    return upper.mixed(pixel(left, bottom).mixed(pixel(right, bottom), across), down)
  }

  private static func level(_ picture: Picture) -> Level {
    let pixels = (0..<picture.width * picture.height).map { place -> Colour in
      let colour = picture[place % picture.width, place / picture.width]
      return Colour(Float(colour.red), Float(colour.green), Float(colour.blue)) / 255
    }
    return Level(width: picture.width, height: picture.height, pixels: pixels)
  }

  private static func halved(_ level: Level) -> Level {
    let (width, height) = (max(level.width / 2, 1), max(level.height / 2, 1))
    var pixels: [Colour] = []
    pixels.reserveCapacity(width * height)
    for y in 0..<height {
      for x in 0..<width {
        let place = 2 * y * level.width + 2 * x
        let upper = level.pixels[place] + level.pixels[place + 1]
        let lower = level.pixels[place + level.width] + level.pixels[place + level.width + 1]
        pixels.append((upper + lower) / 4)
      }
    }
    return Level(width: width, height: height, pixels: pixels)
  }
}
