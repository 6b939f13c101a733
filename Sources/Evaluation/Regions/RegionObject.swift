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
  /// Whether it goes on beyond the picture.
  public var isTruncated: Bool
  /// Whether it stands for many objects that nobody counted.
  public var isCrowd: Bool

  /// An object.
  public init(
    classIndex: Int? = nil, word: String, box: RegionBox? = nil, outline: Outline? = nil,
    isDifficult: Bool = false, isTruncated: Bool = false, isCrowd: Bool = false
  ) {
    self.classIndex = classIndex
    self.word = word
    self.box = box
    self.outline = outline
    self.isDifficult = isDifficult
    self.isTruncated = isTruncated
    self.isCrowd = isCrowd
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
    switch self {
    case .polygons(let polygons):
      return try PolygonFill.mask(polygons, width: width, height: height)
    case .runs(let runs, let ownWidth, let ownHeight):
      guard (ownWidth, ownHeight) == (width, height) else {
        throw RegionError("a mask of \(ownWidth)x\(ownHeight) for a picture of \(width)x\(height)")
      }
      return try RunLengths.mask(runs, width: width, height: height)
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

  /// The pixels of all objects of a class; nil where there is no such object, or none of this kind.
  /// - Throws: `RegionError` where a mask does not fit the picture.
  public func region(of classIndex: Int, _ kind: RegionKind) throws(RegionError) -> PixelMask? {
    try region(of: objects(of: classIndex), kind)
  }

  /// The pixels of objects; nil where none has a region of this kind.
  /// - Throws: `RegionError` where a mask does not fit the picture.
  public func region(of objects: [RegionObject], _ kind: RegionKind) throws(RegionError)
    -> PixelMask?
  {
    var union = PixelMask(width: width, height: height)
    var isThere = false
    for object in objects {
      if kind != .box, let outline = object.outline {
        union.formUnion(try outline.mask(width: width, height: height))
        isThere = true
      } else if kind != .mask, let box = object.box {
        union.formUnion(box)
        isThere = true
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
