/// Reads an ONNX file into an `OnnxModel`.
///
/// No message is followed into another of its own kind, so no nesting can be too deep; graphs inside
/// attributes are passed over.
struct OnnxDecoder {
  private let file: MappedFile
  private var budget = DecodingBudget()

  private init(_ file: MappedFile) {
    self.file = file
  }

  /// The model in a file.
  static func decode(_ file: MappedFile) throws(ModelError) -> OnnxModel {
    var decoder = OnnxDecoder(file)
    return try decoder.model()
  }

  private var path: String { file.path }

  private mutating func model() throws(ModelError) -> OnnxModel {
    var graph: OnnxGraph?
    var opset: Int?
    var metadata: [String: String] = [:]
    var producer = ""
    var reader = ProtobufReader(file.slice)
    while let field = try reader.next() {
      switch field.number {
      case 2: producer = try text(field)
      case 7: graph = try self.graph(try field.bytes(in: path))
      case 8:
        let (domain, version) = try operatorSet(try field.bytes(in: path))
        if domain.isEmpty || domain == "ai.onnx" { opset = version }
      case 14:
        try budget.spend(1, path)
        let (key, value) = try pair(try field.bytes(in: path))
        metadata[key] = value.text
      default: break
      }
    }
    guard let graph else {
      throw .malformed(file: path, place: "byte \(file.count)", problem: "no graph before the end")
    }
    guard let opset else {
      throw .malformed(file: path, place: "model", problem: "no default operator set is stated")
    }
    return OnnxModel(graph: graph, opset: opset, metadata: metadata, producer: producer)
  }

  private mutating func graph(_ message: ByteSlice) throws(ModelError) -> OnnxGraph {
    var graph = OnnxGraph()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: graph.nodes.append(try node(try field.bytes(in: path)))
      case 5: graph.initializers.append(try tensor(try field.bytes(in: path)))
      case 11: graph.inputs.append(try valueInfo(try field.bytes(in: path)))
      case 12: graph.outputs.append(try valueInfo(try field.bytes(in: path)))
      case 15:
        throw .unsupported(
          file: path, problem: "it holds sparse weights", remedy: "export them dense")
      default: break
      }
    }
    return graph
  }

  private mutating func node(_ message: ByteSlice) throws(ModelError) -> OnnxNode {
    try budget.spend(1, path)
    var node = OnnxNode()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1:
        try budget.spend(1, path)
        node.inputs.append(try text(field))
      case 2:
        try budget.spend(1, path)
        node.outputs.append(try text(field))
      case 3: node.name = try text(field)
      case 4: node.operatorName = try text(field)
      case 5:
        let (name, attribute) = try attribute(try field.bytes(in: path))
        node.attributes[name] = attribute
      case 7: node.domain = try text(field)
      case 9:
        let (key, value) = try pair(try field.bytes(in: path))
        if key == "pkg.torch.onnx.name_scopes" { node.scopes = value.text }
        if key == "pkg.torch.onnx.class_hierarchy" { node.classes = value.text }
      default: break
      }
    }
    return node
  }

  private mutating func attribute(
    _ message: ByteSlice
  ) throws(ModelError) -> (String, OnnxAttribute) {
    try budget.spend(1, path)
    var name = ""
    var value: OnnxAttribute?
    var floats: [Float] = []
    var integers: [Int] = []
    var kind = 0
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try text(field)
      case 2: value = .float(try field.float(in: path))
      case 3: value = .integer(try field.integer(in: path))
      case 4: value = .text(try text(field))
      case 5: value = .tensor(try tensor(try field.bytes(in: path)))
      case 7: try field.append(to: &floats, in: path, budget: &budget)
      case 8: try field.append(to: &integers, in: path, budget: &budget)
      case 20: kind = try field.integer(in: path)
      case 6, 9, 10, 11, 14, 15, 22, 23: value = .other
      default: break
      }
    }
    // A default value is not written by proto3 writers: an empty field of a stated type is zero.
    switch kind {
    case 1: value = value ?? .float(0)
    case 2: value = value ?? .integer(0)
    case 3: value = value ?? .text("")
    case 6: value = .floats(floats)
    case 7: value = .integers(integers)
    default:
      if !floats.isEmpty { value = .floats(floats) }
      if !integers.isEmpty { value = .integers(integers) }
    }
    return (name, value ?? .other)
  }

  private mutating func tensor(_ message: ByteSlice) throws(ModelError) -> OnnxTensor {
    try budget.spend(1, path)
    var tensor = OnnxTensor()
    var raw: ByteSlice?
    var fields: [Int: (chunks: Int, packed: ByteSlice?)] = [:]
    var external: [(key: String, value: String)] = []
    var isExternal = false
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: try field.append(to: &tensor.dimensions, in: path, budget: &budget)
      case 2: tensor.dataType = try field.integer(in: path)
      case 4, 5, 7, 10, 11:
        var packed: ByteSlice?
        if case .bytes(let slice) = field.content { packed = slice }
        fields[field.number] = ((fields[field.number]?.chunks ?? 0) + 1, packed)
      case 8: tensor.name = try text(field)
      case 9: raw = try field.bytes(in: path)
      case 13:
        try budget.spend(1, path)
        let (key, value) = try pair(try field.bytes(in: path))
        external.append((key, value.text))
      case 14: isExternal = try field.integer(in: path) == 1
      default: break
      }
    }
    if isExternal {
      tensor.payload = .external(external)
    } else if let raw {
      tensor.payload = .packed(raw)
    } else if let number = tensor.typedField, let found = fields[number] {
      // Floats and doubles in one packed field lie in the file exactly as in `raw_data`.
      if found.chunks == 1, let packed = found.packed, number == 4 || number == 10 {
        tensor.payload = .packed(packed)
      } else {
        tensor.payload = .fields(message: message, number: number)
      }
    } else if tensor.dimensions.contains(0) {
      tensor.payload = .packed(message.file.slice.part(offset: 0, count: 0) ?? message)
    }
    return tensor
  }

  private mutating func valueInfo(_ message: ByteSlice) throws(ModelError) -> OnnxValueInfo {
    try budget.spend(1, path)
    var info = OnnxValueInfo()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: info.name = try text(field)
      case 2:
        var type = ProtobufReader(try field.bytes(in: path))
        while let kind = try type.next() {
          guard kind.number == 1 else { continue }
          try tensorType(try kind.bytes(in: path), into: &info)
        }
      default: break
      }
    }
    return info
  }

  private mutating func tensorType(
    _ message: ByteSlice, into info: inout OnnxValueInfo
  ) throws(ModelError) {
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: info.dataType = try field.integer(in: path)
      case 2:
        var extents: [OnnxValueInfo.Extent] = []
        var shape = ProtobufReader(try field.bytes(in: path))
        while let dimension = try shape.next() {
          guard dimension.number == 1 else { continue }
          try budget.spend(1, path)
          extents.append(try extent(try dimension.bytes(in: path)))
        }
        info.extents = extents
      default: break
      }
    }
  }

  private func extent(_ message: ByteSlice) throws(ModelError) -> OnnxValueInfo.Extent {
    var extent = OnnxValueInfo.Extent.dynamic("")
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: extent = .fixed(try field.integer(in: path))
      case 2: extent = .dynamic(try text(field))
      default: break
      }
    }
    return extent
  }

  private func operatorSet(_ message: ByteSlice) throws(ModelError) -> (String, Int) {
    var domain = ""
    var version = 0
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: domain = try text(field)
      case 2: version = try field.integer(in: path)
      default: break
      }
    }
    return (domain, version)
  }

  private mutating func pair(_ message: ByteSlice) throws(ModelError) -> (String, ByteSlice) {
    var key = ""
    var value = ByteSlice(file: file, range: 0..<0)
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: key = try text(field)
      case 2: value = try field.bytes(in: path)
      default: break
      }
    }
    return (key, value)
  }

  private func text(_ field: ProtobufField) throws(ModelError) -> String {
    try field.bytes(in: path).text
  }
}

extension OnnxTensor {
  /// The field that holds the numbers of a tensor of this type where `raw_data` does not.
  var typedField: Int? {
    switch dataType {
    case 1: 4
    case 2, 3, 4, 5, 6, 9, 10, 16: 5
    case 7: 7
    case 11: 10
    case 12, 13: 11
    default: nil
    }
  }
}
