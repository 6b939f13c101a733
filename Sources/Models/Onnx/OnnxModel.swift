/// What an ONNX file states, as far as an importer needs it; weights stay in the file.
struct OnnxModel {
  var graph: OnnxGraph
  /// The version of the default operator set.
  var opset: Int
  /// Key-value pairs about the model.
  var metadata: [String: String] = [:]
  /// The program that wrote the file.
  var producer: String = ""
}

/// The main graph.
struct OnnxGraph {
  var nodes: [OnnxNode] = []
  var initializers: [OnnxTensor] = []
  var inputs: [OnnxValueInfo] = []
  var outputs: [OnnxValueInfo] = []
}

/// One operator call.
struct OnnxNode {
  var name = ""
  var operatorName = ""
  var domain = ""
  var inputs: [String] = []
  var outputs: [String] = []
  var attributes: [String: OnnxAttribute] = [:]
  /// The module path that the newer PyTorch exporter states, with the classes along it.
  var scopes: String?
  var classes: String?

  /// What errors call the node.
  var title: String { name.isEmpty ? outputs.first.map { "of \($0)" } ?? "without name" : name }

  /// The operator with its domain where that is not the default one.
  var fullOperatorName: String { isDefaultDomain ? operatorName : "\(domain).\(operatorName)" }

  /// Whether the operator is one of ONNX itself.
  var isDefaultDomain: Bool { domain.isEmpty || domain == "ai.onnx" }
}

/// A parameter of a node.
enum OnnxAttribute {
  case float(Float)
  case integer(Int)
  case text(String)
  case tensor(OnnxTensor)
  case floats([Float])
  case integers([Int])
  /// A kind that no supported operator uses: graphs, sparse tensors, types.
  case other
}

/// A tensor stored in the file or beside it.
struct OnnxTensor {
  /// Where its numbers are.
  enum Payload {
    /// Packed, little-endian.
    case packed(ByteSlice)
    /// Spread over the repeated fields of the tensor's own message: walk it again.
    case fields(message: ByteSlice, number: Int)
    /// In another file; the key-value pairs that say where.
    case external([(key: String, value: String)])
    case none
  }

  var name = ""
  var dimensions: [Int] = []
  var dataType = 0
  var payload = Payload.none

  /// How the numbers are stored, or nil for strings, complex and sub-byte types.
  var encoding: ScalarEncoding? { ScalarEncoding(onnxType: dataType) }
}

/// An input or output of the graph.
struct OnnxValueInfo {
  /// An extent: a number, a name, or nothing.
  enum Extent: Equatable {
    case fixed(Int)
    case dynamic(String)
  }

  var name = ""
  /// The type of an element, 0 where the file states no tensor.
  var dataType = 0
  /// The extents, or nil where the file states none.
  var extents: [Extent]?
}
