import Execution
import Graphs
import Models
import ReferenceBackend
import Tensors

/// A protobuf message under construction.
struct Message {
  private(set) var bytes: [UInt8] = []

  static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  mutating func raw(_ more: [UInt8]) { bytes += more }

  mutating func key(_ field: Int, _ wire: Int) { bytes += Self.varint(UInt64(field << 3 | wire)) }

  mutating func integer(_ field: Int, _ value: Int) {
    key(field, 0)
    bytes += Self.varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, 5)
    bytes += littleEndian(value.bitPattern)
  }

  mutating func bytes(_ field: Int, _ content: [UInt8]) {
    key(field, 2)
    bytes += Self.varint(UInt64(content.count)) + content
  }

  mutating func text(_ field: Int, _ text: String) { bytes(field, Array(text.utf8)) }

  mutating func message(_ field: Int, _ body: (inout Message) -> Void) {
    var inner = Message()
    body(&inner)
    bytes(field, inner.bytes)
  }
}

func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<MemoryLayout<Number>.size).map { UInt8(truncatingIfNeeded: number >> Number(8 * $0)) }
}

/// An ONNX model under construction, as little as a test needs.
struct OnnxWriter {
  enum Attribute {
    case integer(Int), float(Float), text(String), integers([Int])
    case tensor([UInt8])
  }

  var opset = 17
  var nodes: [[UInt8]] = []
  var initializers: [[UInt8]] = []
  /// nil is a dynamic extent.
  var input: (name: String, extents: [Int?], type: Int) = ("x", [1, 2, 4, 4], 1)
  var outputs = ["y"]
  var metadata: [(String, String)] = []

  static func tensor(
    _ name: String, _ dimensions: [Int], type: Int = 1, _ body: (inout Message) -> Void
  ) -> [UInt8] {
    var message = Message()
    for extent in dimensions { message.integer(1, extent) }
    message.integer(2, type)
    message.text(8, name)
    body(&message)
    return message.bytes
  }

  static func floats(_ name: String, _ dimensions: [Int], _ values: [Float]) -> [UInt8] {
    tensor(name, dimensions) { $0.bytes(9, values.flatMap { littleEndian($0.bitPattern) }) }
  }

  static func integers(_ name: String, _ dimensions: [Int], _ values: [Int]) -> [UInt8] {
    tensor(name, dimensions, type: 7) { $0.bytes(9, values.flatMap { littleEndian(Int64($0)) }) }
  }

  mutating func weight(_ name: String, _ dimensions: [Int], _ values: [Float]) {
    initializers.append(Self.floats(name, dimensions, values))
  }

  mutating func integers(_ name: String, _ values: [Int]) {
    initializers.append(Self.integers(name, [values.count], values))
  }

  mutating func node(
    _ operatorName: String, _ inputs: [String], _ outputs: [String], name: String = "",
    domain: String = "", scopes: String? = nil, _ attributes: [(String, Attribute)] = []
  ) {
    var message = Message()
    for input in inputs { message.text(1, input) }
    for output in outputs { message.text(2, output) }
    message.text(3, name)
    message.text(4, operatorName)
    for (key, attribute) in attributes {
      message.message(5) { inner in
        inner.text(1, key)
        switch attribute {
        case .integer(let value): inner.integer(3, value)
        case .float(let value): inner.float(2, value)
        case .text(let value): inner.text(4, value)
        case .integers(let values): for value in values { inner.integer(8, value) }
        case .tensor(let bytes): inner.bytes(5, bytes)
        }
      }
    }
    if !domain.isEmpty { message.text(7, domain) }
    if let scopes {
      message.message(9) {
        $0.text(1, "pkg.torch.onnx.name_scopes")
        $0.text(2, scopes)
      }
    }
    nodes.append(message.bytes)
  }

  /// The file: version, operator set, metadata, graph.
  var bytes: [UInt8] {
    var message = Message()
    message.integer(1, 8)
    message.message(8) { $0.integer(2, opset) }
    for (key, value) in metadata {
      message.message(14) {
        $0.text(1, key)
        $0.text(2, value)
      }
    }
    message.message(7) { graph in
      for node in nodes { graph.bytes(1, node) }
      for tensor in initializers { graph.bytes(5, tensor) }
      graph.bytes(11, Self.valueInfo(input.name, input.extents, input.type))
      for output in outputs { graph.bytes(12, Self.valueInfo(output, [], 1)) }
    }
    return message.bytes
  }

  static func valueInfo(_ name: String, _ extents: [Int?], _ type: Int) -> [UInt8] {
    var message = Message()
    message.text(1, name)
    message.message(2) { kind in
      kind.message(1) { tensor in
        tensor.integer(1, type)
        tensor.message(2) { shape in
          for extent in extents {
            shape.message(1) { dimension in
              if let extent { dimension.integer(1, extent) } else { dimension.text(2, "N") }
            }
          }
        }
      }
    }
    return message.bytes
  }

  /// The imported network.
  func network(size: (height: Int, width: Int)? = nil) throws(ModelError) -> Network {
    try OnnxImporter.network(MappedFile(copying: bytes, name: "net.onnx"), size: size)
  }

  /// What the network gives for a batch, by the reference.
  func run(_ batch: HostTensor<Float>) async throws -> HostTensor<Float> {
    let network = try network()
    return try await run(network, batch, network.logits.value)
  }

  /// A value of a network for a batch, by the reference.
  func run(
    _ network: Network, _ batch: HostTensor<Float>, _ value: Value
  ) async throws -> HostTensor<Float> {
    let backend = ReferenceBackend()
    let executable = try await backend.compile(
      network.graph.with(outputs: [value]), CompileOptions(capacity: batch.shape[0]))
    let results = try await executable.run(
      [try await backend.upload(batch)], try await backend.upload(network.weights))
    return try await results[0].download()
  }
}

/// The error that a body throws, or nil.
func modelError(_ body: () throws(ModelError) -> Void) -> ModelError? {
  do throws(ModelError) {
    try body()
    return nil
  } catch {
    return error
  }
}
