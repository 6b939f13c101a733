import COpenCL

/// Reads strings and numbers through the two-step queries of OpenCL.
enum DriverText {
  typealias Query = (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int

  /// Asks for the size, then for the text; blanks and zeros at both ends are dropped.
  static func read(_ function: StaticString, _ query: Query) throws(OpenCLError) -> String {
    var size = 0
    try OpenCLStatus.check(query(0, nil, &size), function)
    var bytes = [UInt8](repeating: 0, count: size)
    try OpenCLStatus.check(query(size, &bytes, nil), function)
    let text = bytes.prefix { $0 != 0 }
    func isBlank(_ byte: UInt8) -> Bool { byte <= UInt8(ascii: " ") }
    let end = text.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? 0
    return String(decoding: text[..<end].drop(while: isBlank), as: UTF8.self)
  }

  /// Asks for a number of exactly this width.
  static func number<Number: FixedWidthInteger>(
    _ function: StaticString, as type: Number.Type = Number.self, _ query: Query
  ) throws(OpenCLError) -> Number {
    var number: Number = 0
    try OpenCLStatus.check(query(MemoryLayout<Number>.size, &number, nil), function)
    return number
  }
}
