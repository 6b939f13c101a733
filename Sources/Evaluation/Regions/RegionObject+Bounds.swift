extension RegionObject {
  /// How far an object may reach beyond its picture, in pixels: tools differ in whether the last
  /// column is counted, and round.
  private static let slack = 1

  /// The object in a picture of this size, without what a box has beyond it; what reaches farther, or
  /// lies outside, is damage: its annotation is of another picture, or of this one at another size.
  public func placed(inWidth width: Int, height: Int) -> RegionObject {
    var object = self
    object.box = box?.clipped(width: width, height: height)
    if let box, !Self.fits(box, width, height) {
      object.box = nil
      object.damage =
        "a box of columns \(box.left) to \(box.right) and rows \(box.top) to \(box.bottom) in a"
        + " picture of \(width)x\(height)"
    }
    if case .polygons(let polygons)? = outline, !Self.fits(polygons, width, height) {
      object.outline = nil
      object.damage = "a polygon that reaches beyond the picture of \(width)x\(height)"
    }
    return object
  }

  private static func fits(_ box: RegionBox, _ width: Int, _ height: Int) -> Bool {
    box.left >= -slack && box.top >= -slack && box.right < width + slack
      && box.bottom < height + slack && box.clipped(width: width, height: height) != nil
  }

  private static func fits(_ polygons: [[Double]], _ width: Int, _ height: Int) -> Bool {
    polygons.allSatisfy { corners in
      corners.enumerated().allSatisfy { place, number in
        let extent = place.isMultiple(of: 2) ? width : height
        return number >= -Double(slack) && number <= Double(extent + slack)
      }
    }
  }
}
