/// Two sets of scenes that have none in common, whatever their seeds.
public enum SceneSplit: String, Sendable, Hashable, CaseIterable {
  /// To measure on: no box is larger than a quarter of the picture, and the centre of the picture
  /// is left free on purpose in half of the scenes, so that pointing at the centre is no answer.
  case evaluation
  /// To learn from: objects of more sizes, anywhere.
  case training

  /// The part of the seed space that belongs to the split.
  var key: UInt64 { self == .evaluation ? 0x65_7661_6c75 : 0x74_7261_696e }

  /// The longer side of an object's box, as a share of the shorter side of the picture.
  func sizes(objectCount: Int) -> ClosedRange<Double> {
    switch (self, objectCount) {
    case (.evaluation, 1): 0.34...0.49
    case (.evaluation, _): 0.31...0.43
    case (.training, 1): 0.3...0.58
    case (.training, _): 0.29...0.46
    }
  }
}

/// What a renderer renders.
public struct SceneOptions: Sendable, Hashable {
  /// Rows of a picture.
  public let height: Int
  /// Columns of a picture.
  public let width: Int
  /// How many objects a scene has, all numbers equally likely.
  public let objectCount: ClosedRange<Int>
  /// Which set the scenes belong to.
  public let split: SceneSplit
  /// The class that a planted mark always accompanies, and no other; nil plants none.
  public let shortcut: ObjectClass?

  /// The sides that a picture may have, in pixels.
  public static let sides = 128...2048
  /// The numbers of objects that a scene may have.
  public static let objectCounts = 1...3

  /// Options.
  /// - Throws: `SceneError.size` or `.objectCount` where they lie outside of what is rendered.
  public init(
    height: Int = 128, width: Int = 128, objectCount: ClosedRange<Int> = 1...3,
    split: SceneSplit = .evaluation, shortcut: ObjectClass? = nil
  ) throws(SceneError) {
    guard Self.sides.contains(height), Self.sides.contains(width) else {
      throw .size(height: height, width: width)
    }
    for count in [objectCount.lowerBound, objectCount.upperBound]
    where !Self.objectCounts.contains(count) {
      throw .objectCount(count)
    }
    self.height = height
    self.width = width
    self.objectCount = objectCount
    self.split = split
    self.shortcut = shortcut
  }

  /// Those of the benchmark; never changed, for its figures are published.
  static let benchmark = SceneOptions()

  private init() {
    (height, width, objectCount) = (128, 128, 1...3)
    (split, shortcut) = (.evaluation, nil)
  }
}
