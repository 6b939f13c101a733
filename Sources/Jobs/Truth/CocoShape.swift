import Evaluation
import FoundationEssentials

/// Where an object of a COCO file is.
struct CocoShape: Sendable {
  /// Says to a decoder that shapes are wanted.
  static let isWanted = CodingUserInfoKey.shapesAreWanted

  /// The number of its class.
  let category: Int
  /// Its rectangle; nil where none is stated.
  let box: RegionBox?
  /// Its pixels; nil where none are stated.
  let outline: Outline?
  /// Whether it stands for many objects.
  let isCrowd: Bool
  /// What is wrong with its rectangle or its pixels; nil where nothing is.
  let damage: String?

  private enum Key: String, CodingKey {
    case segmentation, size, counts
  }

  /// Reads the shape of an annotation; what makes no sense is damage, and no reason to read no other.
  init(_ decoder: any Decoder, category: Int, box stated: StatedBox, isCrowd: Bool) {
    self.category = category
    self.isCrowd = isCrowd
    var rectangle: RegionBox?
    var isDamaged = false
    switch stated {
    case .none: break
    case .damaged: isDamaged = true
    case .stated(let region):
      rectangle = RegionBox(x: region.x, y: region.y, width: region.width, height: region.height)
      isDamaged = rectangle == nil
    }
    var damage = isDamaged ? "a bbox that is no x, y, width, height" : nil
    box = rectangle
    do throws(RegionError) {
      outline = try Self.outline(decoder)
    } catch {
      outline = nil
      damage = damage ?? error.description
    }
    self.damage = damage
  }

  private static func outline(_ decoder: any Decoder) throws(RegionError) -> Outline? {
    guard let values = try? decoder.container(keyedBy: Key.self),
      values.contains(.segmentation),
      (try? values.decodeNil(forKey: .segmentation)) != true
    else { return nil }
    if let polygons = try? values.decode([[Double]].self, forKey: .segmentation) {
      return polygons.isEmpty ? nil : .polygons(polygons)
    }
    guard let runs = try? values.nestedContainer(keyedBy: Key.self, forKey: .segmentation),
      let size = try? runs.decode([Int].self, forKey: .size), size.count == 2
    else { throw RegionError("a segmentation that is neither polygons nor run lengths") }
    if let text = try? runs.decode(String.self, forKey: .counts) {
      return .runs(try RunLengths.lengths(in: text), width: size[1], height: size[0])
    }
    guard let counts = try? runs.decode([Int].self, forKey: .counts) else {
      throw RegionError("a segmentation without counts")
    }
    return .runs(counts, width: size[1], height: size[0])
  }
}

extension CodingUserInfoKey {
  /// The key of `CocoShape.isWanted`.
  fileprivate static var shapesAreWanted: CodingUserInfoKey {
    guard let key = CodingUserInfoKey(rawValue: "shapes") else {
      preconditionFailure("a key of letters is a key")
    }
    return key
  }
}
