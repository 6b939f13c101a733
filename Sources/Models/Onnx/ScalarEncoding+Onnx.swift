import Graphs

extension ScalarEncoding {
  /// The encoding that ONNX gives a number, or nil where it is none of ours.
  init?(onnxType: Int) {
    switch onnxType {
    case 1: self = .float32
    case 2: self = .uint8
    case 3: self = .int8
    case 4: self = .uint16
    case 5: self = .int16
    case 6: self = .int32
    case 7: self = .int64
    case 9: self = .bool
    case 10: self = .float16
    case 11: self = .float64
    case 12: self = .uint32
    case 13: self = .uint64
    case 16: self = .bfloat16
    default: return nil
    }
  }

  /// What a type of ONNX is called: `int64`, or its number.
  static func name(ofOnnxType type: Int) -> String {
    ScalarEncoding(onnxType: type)?.rawValue ?? (type == 8 ? "text" : "element type \(type)")
  }

  /// How weights are stored; nil where they are computed.
  init?(of source: any WeightSource) {
    switch source {
    case let source as FileWeights: self = source.encoding
    case let source as FieldWeights: self = source.encoding
    case let source as TransposedWeights: self.init(of: source.base)
    default: return nil
    }
  }
}
