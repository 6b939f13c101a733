/// An object of a picture: its class and where it is.
public struct RegionObject: Sendable, Hashable {
  /// The class of the network that it is of; nil where the network has no such class.
  public var classIndex: Int?
  /// What the annotation calls its class.
  public var word: String
  /// Its rectangle; nil where none is stated.
  public var box: RegionBox?
  /// Its pixels; nil where only the rectangle is stated.
  public var outline: Outline?
  /// Whether it is marked as hard to recognise.
  public var isDifficult: Bool
  /// Whether it stands for many objects that nobody counted.
  public var isCrowd: Bool
  /// What is wrong with its rectangle or its pixels, which then are nil; nil where nothing is.
  public var damage: String?

  /// An object.
  public init(
    classIndex: Int? = nil, word: String, box: RegionBox? = nil, outline: Outline? = nil,
    isDifficult: Bool = false, isCrowd: Bool = false, damage: String? = nil
  ) {
    self.classIndex = classIndex
    self.word = word
    self.box = box
    self.outline = outline
    self.isDifficult = isDifficult
    self.isCrowd = isCrowd
    self.damage = damage
  }
}

/// The pixels of an object, as annotations describe them.
public enum Outline: Sendable, Hashable {
  /// Corners x, y, x, y, ... of one polygon or more, in pixels.
  case polygons([[Double]])
  /// Lengths of runs down the columns, from left to right, the first outside.
  case runs([Int], width: Int, height: Int)

  /// The pixels of a picture that they are.
  /// - Throws: `RegionError` where they do not fit the picture.
  public func mask(width: Int, height: Int) throws(RegionError) -> PixelMask {
    var mask = PixelMask(width: width, height: height)
    try add(to: &mask)
    return mask
  }

  /// Adds them to pixels of the picture.
  /// - Throws: `RegionError` where they do not fit the picture.
  func add(to mask: inout PixelMask) throws(RegionError) {
    switch self {
    case .polygons(let polygons): try PolygonFill.add(polygons, to: &mask)
    case .runs(let runs, let width, let height):
      guard (width, height) == (mask.width, mask.height) else {
        throw RegionError(
          "a mask of \(width)x\(height) for a picture of \(mask.width)x\(mask.height)")
      }
      try RunLengths.add(runs, to: &mask)
    }
  }
}

/// A region that makes no sense, in one line.
public struct RegionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong with it.
  public let description: String

  /// An error.
  public init(_ description: String) { self.description = description }
}

/// What the regions of a metric are made of.
public enum RegionKind: String, Sendable, Hashable, CaseIterable {
  /// Masks where objects have them, else boxes.
  case auto
  /// Boxes alone.
  case box
  /// Masks alone.
  case mask
}

/// The objects of one picture, at its own size.
public struct PictureRegions: Sendable, Hashable {
  /// The columns of the picture.
  public let width: Int
  /// Its rows.
  public let height: Int
  /// The objects, in the order of the annotation.
  public let objects: [RegionObject]

  /// Regions of a picture.
  public init(width: Int, height: Int, objects: [RegionObject]) {
    self.width = width
    self.height = height
    self.objects = objects
  }

  /// The objects of a class.
  public func objects(of classIndex: Int) -> [RegionObject] {
    objects.filter { $0.classIndex == classIndex }
  }

  /// The pixels of objects; nil where none has a region of this kind.
  /// - Throws: `RegionError` where one that is asked for is damaged or does not fit the picture.
  public func region(of objects: [RegionObject], _ kind: RegionKind) throws(RegionError)
    -> PixelMask?
  {
    var union = PixelMask(width: width, height: height)
    var isThere = false
    for object in objects {
      if kind != .box, let outline = object.outline {
        try outline.add(to: &union)
        isThere = true
      } else if kind == .box || kind == .auto && object.damage == nil, let box = object.box {
        union.formUnion(box)
        isThere = true
      } else if let damage = object.damage {
        throw RegionError("\(object.word) has \(damage)")
      }
    }
    return isThere ? union : nil
  }

  /// Whether a class is hard to point at: it covers less than a quarter of the picture, and another
  /// class is there too.
  public func isDifficult(_ classIndex: Int, _ region: PixelMask) -> Bool {
    let own = objects(of: classIndex).first?.word
    return 4 * region.count < width * height
      && objects.contains { $0.classIndex != classIndex && $0.word != own }
  }
}
