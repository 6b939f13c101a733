import Imaging

/// Renders scenes: drawn and cut-out objects on cluttered backgrounds, with boxes and masks.
///
/// A scene depends on the seed, the split, its number and the options, never on other scenes. What
/// a scene shows is drawn from streams of their own: which classes, their details, their paints,
/// their places and the background. So the class tells nothing about colour, texture, size, place
/// and background, nor these about the class.
public struct SceneRenderer: Sendable {
  /// The seed.
  public let seed: UInt64
  /// What is rendered.
  public let options: SceneOptions
  private let photos: Photos

  /// A renderer; decodes the bundled photos, which takes some hundredths of a second.
  /// - Throws: `SceneError.photo` where that fails.
  public init(seed: UInt64, options: SceneOptions) throws(SceneError) {
    self.seed = seed
    self.options = options
    photos = try Photos()
  }

  /// A scene by its number.
  /// - Precondition: `number >= 0`.
  public func scene(_ number: Int) -> Scene {
    precondition(number >= 0)
    var streams = Streams(seed: seed, split: options.split, number: number)
    let classes = self.classes(&streams.classes)
    let placements = Placement.choose(count: classes.count, options, &streams.places)
    var canvas = Canvas(width: options.width, height: options.height, photos: photos)
    Background.paint(on: &canvas, &streams.background)
    var labels = Labels(width: options.width, height: options.height)
    for (place, kind) in classes.enumerated() {
      let drawing = kind.drawing(&streams.details)
      let placed = PlacedDrawing(drawing, placements[place], unit: canvas.unit)
      let palette = Palette(on: canvas.mean(in: placements[place].box(canvas)), &streams.paints)
      labels.add(placed.paint(on: &canvas, palette))
    }
    Occluder.paint(on: &canvas, hiding: &labels, placements, &streams.occluders)
    var mark: PixelBox?
    if let shortcut = options.shortcut, classes.contains(shortcut) {
      mark = ShortcutMark.paint(on: &canvas, hiding: &labels, &streams.mark)
    }
    let grain = Float(streams.grain.number(0, 0.06))
    return Scene(
      picture: canvas.picture(grain: grain, &streams.grain), objects: labels.objects(classes),
      mask: GrayPicture(width: options.width, height: options.height, values: labels.values),
      mark: mark)
  }

  /// Classes that differ from each other, all equally likely.
  private func classes(_ random: inout RandomStream) -> [ObjectClass] {
    let counts = options.objectCount
    let count = counts.lowerBound + random.index(below: counts.count)
    var left = ObjectClass.allCases
    return (0..<count).map { _ in left.remove(at: random.index(below: left.count)) }
  }

  /// A stream for each thing that is decided.
  private struct Streams {
    var classes, details, paints, places, background, occluders, mark, grain: RandomStream

    init(seed: UInt64, split: SceneSplit, number: Int) {
      let stream = { (purpose: UInt64) in
        RandomStream(seed, split.key, UInt64(number), purpose)
      }
      classes = stream(1)
      details = stream(2)
      paints = stream(3)
      places = stream(4)
      background = stream(5)
      occluders = stream(6)
      mark = stream(7)
      grain = stream(8)
    }
  }
}
