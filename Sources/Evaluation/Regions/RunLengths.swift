/// Run lengths of a mask as COCO has them: down the columns from left to right, outside first.
public enum RunLengths {
  /// The mask of a picture.
  /// - Throws: `RegionError` where a length is negative or their sum is not the picture.
  public static func mask(
    _ runs: [Int], width: Int, height: Int
  ) throws(RegionError) -> PixelMask {
    var mask = PixelMask(width: width, height: height)
    try add(runs, to: &mask)
    return mask
  }

  /// Adds the pixels of run lengths to those of a picture.
  /// - Throws: `RegionError` where a length is negative or their sum is not the picture.
  static func add(_ runs: [Int], to mask: inout PixelMask) throws(RegionError) {
    let total = mask.width * mask.height
    var place = 0
    for (number, run) in runs.enumerated() {
      guard run >= 0, run <= total - place else {
        throw RegionError("run lengths that leave the picture")
      }
      if number % 2 == 1 { mask.formUnion(downColumns: place..<place + run) }
      place += run
    }
    guard place == total else {
      throw RegionError("run lengths of \(place) pixels for a picture of \(total)")
    }
  }

  /// The lengths in a compressed text.
  ///
  /// A number is a row of characters from `0` on: 5 bits each, the lowest first, bit 32 where
  /// another one follows, and its highest bit is its sign. From the fourth number on it is what a
  /// length has more than the one two places before it.
  /// - Throws: `RegionError` where the text is no such row.
  public static func lengths(in text: String) throws(RegionError) -> [Int] {
    var lengths: [Int] = []
    var (value, shift) = (0, 0)
    for byte in text.utf8 {
      let digit = Int(byte) - 48
      guard (0..<64).contains(digit), shift <= 35 else { throw damaged }
      value |= (digit & 31) << shift
      shift += 5
      guard digit & 32 == 0 else { continue }
      if digit & 16 != 0 { value |= -1 << shift }
      let base = lengths.count > 2 ? lengths[lengths.count - 2] : 0
      let (sum, overflow) = value.addingReportingOverflow(base)
      guard !overflow, sum >= 0 else { throw damaged }
      lengths.append(sum)
      (value, shift) = (0, 0)
    }
    guard shift == 0 else { throw damaged }
    return lengths
  }

  private static var damaged: RegionError { RegionError("compressed run lengths are damaged") }
}
