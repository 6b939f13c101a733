/// A number of work-items in one, two or three dimensions.
public struct WorkSize: Hashable, Sendable {
  /// The first, fastest dimension.
  public let x: Int
  /// The second dimension; 1 if there is none.
  public let y: Int
  /// The third dimension; 1 if there is none.
  public let z: Int
  /// 1, 2 or 3.
  public let dimensions: Int

  /// Makes a one-dimensional size.
  public init(_ x: Int) { (self.x, y, z, dimensions) = (x, 1, 1, 1) }

  /// Makes a two-dimensional size.
  public init(_ x: Int, _ y: Int) { (self.x, self.y, z, dimensions) = (x, y, 1, 2) }

  /// Makes a three-dimensional size.
  public init(_ x: Int, _ y: Int, _ z: Int) {
    (self.x, self.y, self.z, dimensions) = (x, y, z, 3)
  }

  /// Returns this size with each dimension rounded up to a multiple of the other's.
  public func roundedUp(to size: WorkSize) -> WorkSize {
    func round(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b * b }
    let (x, y, z) = (round(x, size.x), round(y, size.y), round(z, size.z))
    switch dimensions {
    case 1: return WorkSize(x)
    case 2: return WorkSize(x, y)
    default: return WorkSize(x, y, z)
    }
  }
}

extension WorkSize: CustomStringConvertible {
  /// The dimensions, such as `(64, 8)`.
  public var description: String {
    "(\([x, y, z].prefix(dimensions).map(String.init).joined(separator: ", ")))"
  }
}
