import Imaging
import Operators

/// A part of a picture of random area and proportions, brought to one size: torchvision's
/// `RandomResizedCrop`.
///
/// Ten times an area and proportions are drawn; the first part that fits into the picture is taken,
/// at a random place. Where none fits it is the centre, as much of it as the proportions allow.
public struct RandomResizedCrop: Sendable, Hashable {
  /// The part of a picture that is taken, in whole pixels inside of it.
  public struct Box: Sendable, Hashable {
    /// Its first column.
    public let x: Int
    /// Its first row.
    public let y: Int
    /// Its columns, at least 1.
    public let width: Int
    /// Its rows, at least 1.
    public let height: Int
  }

  /// The size of what comes out.
  public var size: Preset.Size
  /// The share of the picture's area, evenly distributed; within 0...1.
  public var scale: ClosedRange<Double>
  /// Width by height, its logarithm evenly distributed; above 0.
  public var ratio: ClosedRange<Double>
  /// The filter of the resize.
  public var interpolation: Interpolation
  /// Which pass of the resize comes first.
  public var passOrder: PassOrder

  /// A crop; without further arguments as torchvision's: 0.08 to 1 of the area, 3:4 to 4:3.
  /// - Precondition: the ranges are those of the properties.
  public init(
    size: Preset.Size, scale: ClosedRange<Double> = 0.08...1,
    ratio: ClosedRange<Double> = 0.75...4 / 3,
    interpolation: Interpolation = .bilinear, passOrder: PassOrder = .pillow13
  ) {
    precondition(scale.lowerBound >= 0 && scale.upperBound <= 1, "scale \(scale)")
    precondition(ratio.lowerBound > 0, "ratio \(ratio)")
    self.size = size
    self.scale = scale
    self.ratio = ratio
    self.interpolation = interpolation
    self.passOrder = passOrder
  }

  private static let tries = 10

  /// The part that is taken of a picture.
  /// - Parameters:
  ///   - width: the picture's columns, at least 1.
  ///   - height: the picture's rows, at least 1.
  ///   - object: what the part shall hold, or be held by; nil where it may lie anywhere.
  ///   - draws: the random numbers; four are taken for each try.
  /// - Returns: the part, inside the picture.
  public func box(
    width: Int, height: Int, keeping object: Region? = nil, _ draws: inout SampleDraws
  ) -> Box {
    let area = Double(width) * Double(height)
    let lowest = naturalLogarithm(ratio.lowerBound)
    let highest = naturalLogarithm(ratio.upperBound)
    for _ in 0..<Self.tries {
      let part = area * draws.number(scale.lowerBound, scale.upperBound)
      let proportions = exponential(draws.number(lowest, highest))
      let y = draws.unit()
      let x = draws.unit()
      // Python's `round`: halves go to the even number.
      let columns = Int((part * proportions).squareRoot().rounded(.toNearestOrEven))
      let rows = Int((part / proportions).squareRoot().rounded(.toNearestOrEven))
      guard 1...width ~= columns, 1...height ~= rows else { continue }
      return Box(
        x: RandomCrop.start(x, of: columns, in: width, keeping: object?.columns),
        y: RandomCrop.start(y, of: rows, in: height, keeping: object?.rows),
        width: columns, height: rows)
    }
    return centre(width: width, height: height, keeping: object)
  }

  /// The largest part whose proportions are allowed, in the middle or as near to it as holds the object.
  private func centre(width: Int, height: Int, keeping object: Region?) -> Box {
    let proportions = Double(width) / Double(height)
    var (columns, rows) = (width, height)
    if proportions < ratio.lowerBound {
      rows = Int((Double(width) / ratio.lowerBound).rounded(.toNearestOrEven))
    } else if proportions > ratio.upperBound {
      columns = Int((Double(height) * ratio.upperBound).rounded(.toNearestOrEven))
    }
    (columns, rows) = (max(columns, 1), max(rows, 1))
    let x = RandomCrop.places(of: columns, in: width, keeping: object?.columns)
    let y = RandomCrop.places(of: rows, in: height, keeping: object?.rows)
    return Box(
      x: min(max((width - columns) / 2, x.lowerBound), x.upperBound),
      y: min(max((height - rows) / 2, y.lowerBound), y.upperBound), width: columns, height: rows)
  }

  /// The part of a picture at the size of the crop.
  public func apply(_ box: Box, to picture: Picture) -> Picture {
    picture.cropped(x: box.x, y: box.y, width: box.width, height: box.height)
      .resized(width: size.width, height: size.height, interpolation, order: passOrder)
  }
}
