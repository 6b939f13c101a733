/// Which object each pixel shows while a scene is painted.
struct Labels: Sendable {
  let width: Int
  let height: Int
  /// Row-major: the number of the object, counted from 1, or 0.
  private(set) var values: [UInt8]
  private var count: UInt8 = 0

  /// From this coverage on, a pixel belongs to a shape.
  static let threshold: Float = 0.5

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    values = [UInt8](repeating: 0, count: width * height)
  }

  /// Gives the pixels of a shape to the next object.
  mutating func add(_ shapes: [Coverage]) {
    count += 1
    for shape in shapes { write(count, shape) }
  }

  /// Takes the pixels of a shape away from whatever they showed.
  mutating func hide(_ shape: Coverage) { write(0, shape) }

  /// The smallest share of its pixels that an object would keep behind a shape.
  func shareLeft(behind shape: Coverage) -> Double {
    var (all, hidden) = ([Int](repeating: 0, count: 256), [Int](repeating: 0, count: 256))
    for y in 0..<height {
      for x in 0..<width {
        let label = Int(values[y * width + x])
        all[label] += 1
        if shape.value(x, y) >= Self.threshold { hidden[label] += 1 }
      }
    }
    return (1...max(Int(count), 1)).map {
      all[$0] > 0 ? 1 - Double(hidden[$0]) / Double(all[$0]) : 1
    }
    .min() ?? 1
  }

  /// The box of each object's pixels; objects without a pixel are left out.
  func objects(_ classes: [ObjectClass]) -> [SceneObject] {
    classes.enumerated().compactMap { place, kind in
      box(of: UInt8(place + 1)).map { SceneObject(kind: kind, box: $0.box, pixelCount: $0.count) }
    }
  }

  /// The boxes of all objects.
  var boxes: [PixelBox] { (0..<count).compactMap { box(of: $0 + 1)?.box } }

  private func box(of label: UInt8) -> (box: PixelBox, count: Int)? {
    var (left, top, right, bottom, found) = (width, height, 0, 0, 0)
    for y in 0..<height {
      for x in 0..<width where values[y * width + x] == label {
        (left, right) = (min(left, x), max(right, x + 1))
        (top, bottom) = (min(top, y), y + 1)
        found += 1
      }
    }
    guard found > 0 else { return nil }
    return (PixelBox(x: left, y: top, width: right - left, height: bottom - top), found)
  }

  private mutating func write(_ label: UInt8, _ shape: Coverage) {
    let box = shape.box
    for y in 0..<box.height {
      for x in 0..<box.width where shape.values[y * box.width + x] >= Self.threshold {
        values[(box.y + y) * width + box.x + x] = label
      }
    }
  }
}
