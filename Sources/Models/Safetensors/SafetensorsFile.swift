import Graphs
import Tensors

/// A safetensors file: named tensors and text about them, nothing that could be executed.
///
/// The header is checked in full before anything is believed: at most 100 MB, no key twice, every
/// tensor as large as its shape and type say, all tensors end to end without hole or overlap, and
/// the last one ending with the file.
public struct SafetensorsFile: Sendable {
  /// The path as the user wrote it.
  public let path: String
  /// The tensors by name.
  public let weights: [ParameterName: any WeightSource]
  /// The names in the order in which the tensors lie in the file.
  public let names: [ParameterName]
  /// What `__metadata__` states.
  public let metadata: [String: String]

  /// The largest header that is read.
  static let largestHeader = 100_000_000

  /// Reads the header of a file.
  /// - Throws: `ModelError.malformed` or `.unsupported`.
  public init(_ file: MappedFile) throws(ModelError) {
    let problem = { (what: String) in
      ModelError.malformed(file: file.path, place: "safetensors header", problem: what)
    }
    guard file.count >= 8 else { throw problem("\(file.count) bytes are no header") }
    let length = file.slice.integer(at: 0, as: UInt64.self)
    guard length <= UInt64(Self.largestHeader) else { throw problem("\(length) bytes long") }
    guard let header = file.slice.part(offset: 8, count: Int(length)),
      let data = file.slice.part(offset: 8 + Int(length), count: file.count - 8 - Int(length))
    else { throw problem("\(length) bytes where \(file.count - 8) are left") }
    var parser = SafetensorsHeader(header)
    try parser.parse()

    var weights: [ParameterName: any WeightSource] = [:]
    weights.reserveCapacity(parser.tensors.count)
    let ordered = parser.tensors.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }
    var end = 0
    for tensor in ordered {
      let name = ModelError.short(tensor.name)
      guard tensor.begin == end, tensor.end >= tensor.begin else {
        throw problem("tensor \(name) at \(tensor.begin)..<\(tensor.end), expected at \(end)")
      }
      end = tensor.end
      let shape = Shape(tensor.shape)
      guard let encoding = Self.encodings[tensor.type] else {
        throw .unsupported(
          file: file.path, problem: "tensor \(name) has type \(ModelError.short(tensor.type))",
          remedy: "save the weights as float32")
      }
      guard let bytes = data.part(offset: tensor.begin, count: tensor.end - tensor.begin),
        let source = FileWeights(shape, encoding, bytes)
      else {
        throw problem(
          "tensor \(name), \(tensor.type) \(shape), does not fill \(tensor.begin)..<\(tensor.end)")
      }
      weights[ParameterName(tensor.name)] = source
    }
    guard end == data.count else { throw problem("tensors end at \(end) of \(data.count) bytes") }
    self.path = file.path
    self.weights = weights
    self.names = ordered.map { ParameterName($0.name) }
    self.metadata = parser.metadata
  }

  private static let encodings: [String: ScalarEncoding] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16,
    "I64": .int64, "I32": .int32, "I16": .int16, "I8": .int8,
    "U64": .uint64, "U32": .uint32, "U16": .uint16, "U8": .uint8, "BOOL": .bool,
  ]
}
