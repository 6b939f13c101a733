/// A preprocessor definition that selects a variant of a kernel: `-D TILE_P=8`.
public struct Define: Hashable, Sendable {
  /// A C identifier.
  public let name: String
  /// An expression without blanks, quotes and backslashes, which drivers split differently.
  public let value: String

  /// Defines a name as a number.
  public init(_ name: String, _ value: Int) { self.init(name, String(value)) }

  /// Defines a name as an expression, such as the name of an activation.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  func option() throws(OpenCLError) -> String {
    let option = "-D \(name)=\(value)"
    func isLetter(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "_"):
        true
      default:
        false
      }
    }
    func isDigit(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    let marks = Array("+-*/%()<>=!&|^~?:.,".utf8)
    guard let first = name.utf8.first, isLetter(first),
      name.utf8.allSatisfy({ isLetter($0) || isDigit($0) }), !value.isEmpty,
      value.utf8.allSatisfy({ isLetter($0) || isDigit($0) || marks.contains($0) })
    else { throw .invalidDefine(option) }
    return option
  }
}
