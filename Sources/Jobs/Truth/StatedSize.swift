/// The size that an annotation states for its picture.
public struct StatedSize: Sendable, Hashable {
  /// The columns.
  public let width: Int
  /// The rows.
  public let height: Int

  /// A size; nil where the columns or the rows are not stated.
  public init?(width: Int?, height: Int?) {
    guard let width, let height else { return nil }
    self.width = width
    self.height = height
  }

  /// Refuses a picture of another size: what is stated for this one says nothing of it.
  /// - Parameters:
  ///   - width: the columns of the picture as it was decoded.
  ///   - height: its rows.
  ///   - path: where the picture is.
  ///   - origin: where the size is stated.
  /// - Throws: `Failure` under the origin.
  public func check(
    width: Int, height: Int, of path: String, in origin: String
  ) throws(Failure) {
    guard (width, height) != (self.width, self.height) else { return }
    throw Failure(
      .content, origin,
      "states \(self.width)x\(self.height) for \(path), which is \(width)x\(height)",
      try: (height, width) == (self.width, self.height)
        ? "was it turned as its EXIF says? --exif ignore" : nil)
  }
}
