import Imaging

/// A picture while it is painted.
struct Canvas: Sendable {
  let width: Int
  let height: Int
  /// Pixels in one unit; a unit is 1/128 of the shorter side.
  let unit: Double
  /// Row-major.
  private(set) var pixels: [Colour]
  private let photos: Photos

  init(width: Int, height: Int, photos: Photos) {
    self.width = width
    self.height = height
    self.unit = Double(min(width, height)) / 128
    self.photos = photos
    pixels = [Colour](repeating: Colour(gray: 0.5), count: width * height)
  }

  /// Covers everything with a paint.
  mutating func fill(_ paint: Paint) {
    for y in 0..<height {
      for x in 0..<width {
        pixels[y * width + x] = paint.colour(Double(x) / unit, Double(y) / unit, photos)
      }
    }
  }

  /// Covers everything with a part of a photo, as it is or mirrored.
  mutating func fill(_ photo: PhotoName, _ box: PixelBox, mirrored: Bool, _ tint: Tint) {
    let step = min(Double(box.width) / Double(width), Double(box.height) / Double(height))
    for y in 0..<height {
      for x in 0..<width {
        let column = mirrored ? width - 1 - x : x
        let colour = photos.colour(
          photo, Double(box.x) + (Double(column) + 0.5) * step,
          Double(box.y) + (Double(y) + 0.5) * step, step: step)
        pixels[y * width + x] = tint.applied(to: colour)
      }
    }
  }

  /// Lays a paint over a shape.
  mutating func paint(_ coverage: Coverage, _ paint: Paint) {
    let photos = photos
    let unit = unit
    blend(coverage) { x, y in paint.colour(Double(x) / unit, Double(y) / unit, photos) }
  }

  /// Lays one colour over a shape.
  mutating func paint(_ coverage: Coverage, _ colour: Colour) {
    blend(coverage) { _, _ in colour }
  }

  /// Lays a photo over a shape; `place` leads from the scene's pixels to those of the photo.
  mutating func paint(
    _ coverage: Coverage, _ photo: PhotoName, step: Double, _ tint: Tint,
    at place: (Double, Double) -> Point
  ) {
    let photos = photos
    blend(coverage) { x, y in
      let point = place(Double(x) + 0.5, Double(y) + 0.5)
      return tint.applied(to: photos.colour(photo, point.x, point.y, step: step))
    }
  }

  /// The mean colour in a rectangle.
  func mean(in box: PixelBox) -> Colour {
    var sum = Colour(gray: 0)
    for y in box.y..<box.bottom { for x in box.x..<box.right { sum += pixels[y * width + x] } }
    return box.area > 0 ? sum / Float(box.area) : sum
  }

  /// The picture in bytes, with noise of a camera.
  func picture(grain: Float, _ random: inout RandomStream) -> Picture {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pixels.count * 3)
    for pixel in pixels {
      let word = random.next()
      for channel in 0..<3 {
        // Two bytes of the word make a triangular distribution around 0.
        let bits = word >> UInt64(16 * channel)
        let jitter = Float(bits & 0xff) + Float(bits >> 8 & 0xff) - 255
        let value = pixel[channel] + grain * jitter / 255
        bytes.append(UInt8(min(max(value * 255 + 0.5, 0), 255)))
      }
    }
    return Picture(width: width, height: height, bytes: bytes)
  }

  private mutating func blend(_ coverage: Coverage, _ colour: (Int, Int) -> Colour) {
    let box = coverage.box
    for y in 0..<box.height {
      for x in 0..<box.width {
        let share = min(coverage.values[y * box.width + x], 1)
        guard share > 0 else { continue }
        let place = (box.y + y) * width + box.x + x
        pixels[place] = pixels[place].mixed(colour(box.x + x, box.y + y), share)
      }
    }
  }
}

/// Gives a photo other colours: its brightness leads from one colour to another.
struct Tint: Sendable {
  let dark: Colour
  let light: Colour
  /// 0 leaves the photo as it is.
  let strength: Float

  func applied(to colour: Colour) -> Colour {
    colour.mixed(dark.mixed(light, min(max(colour.luma * 1.25 - 0.1, 0), 1)), strength)
  }
}
