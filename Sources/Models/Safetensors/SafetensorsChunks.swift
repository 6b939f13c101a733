import Graphs
import Tensors

/// The bytes of a safetensors file in pieces: the header, then the tensors as float32.
///
/// Nothing larger than a piece is in memory. Where order and metadata are equal, so are the bytes.
public struct SafetensorsChunks: Sendable {
  private let tensors: [(name: ParameterName, source: any WeightSource)]
  private var header: [UInt8]?
  private var tensor = 0
  private var element = 0

  private static let elementLimit = 1 << 20

  /// The bytes of some tensors.
  /// - Parameters:
  ///   - tensors: the tensors with their names, in the order of the file; no name twice.
  ///   - metadata: what the file says about them.
  public init(
    _ tensors: [(name: ParameterName, source: any WeightSource)], metadata: [String: String]
  ) {
    self.tensors = tensors
    let stated = metadata.sorted { $0.key < $1.key }.map { "\(Self.quoted($0)):\(Self.quoted($1))" }
    var (entries, end) = (["\"__metadata__\":{\(stated.joined(separator: ","))}"], 0)
    for (name, source) in tensors {
      let start = end
      end += 4 * source.shape.elementCount
      let shape = source.shape.extents.map(String.init).joined(separator: ",")
      entries.append(
        "\(Self.quoted(name.text)):{\"dtype\":\"F32\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(start),\(end)]}")
    }
    var text = Array("{\(entries.joined(separator: ","))}".utf8)
    // Readers may map the file, so tensors begin at a multiple of 8.
    text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    header = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
  }

  /// The next piece, or nil behind the last.
  /// - Throws: `WeightError` where a tensor cannot be read.
  public mutating func next() throws(WeightError) -> [UInt8]? {
    if let header = header.take() { return header }
    while tensor < tensors.count {
      let source = tensors[tensor].source
      let end = min(element + Self.elementLimit, source.shape.elementCount)
      guard element < end else {
        (tensor, element) = (tensor + 1, 0)
        continue
      }
      let words = try source.elements(element..<end).map { $0.bitPattern.littleEndian }
      element = end
      // The words lie in memory as the file has them.
      return words.withUnsafeBytes { Array($0) }
    }
    return nil
  }

  /// A string of JSON.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
