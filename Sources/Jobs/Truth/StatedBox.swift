import Imaging

/// Where an annotation says that its object is: left, top, width and height.
enum StatedBox: Sendable {
  /// Nowhere, or in a box without area: such are in COCO's own files.
  case none
  /// In what is no box.
  case damaged
  /// In a box, whose extents may make no sense.
  case stated(Region)

  /// A box of these numbers; none where there are no numbers.
  init(_ numbers: [Double]) {
    if numbers.isEmpty {
      self = .none
    } else if numbers.count != 4 {
      self = .damaged
    } else if numbers[2] == 0 || numbers[3] == 0 {
      self = .none
    } else {
      self = .stated(
        Region(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3]))
    }
  }

  /// The box, where it has an extent.
  var region: Region? {
    guard case .stated(let region) = self, region.width > 0, region.height > 0 else { return nil }
    return region
  }
}
