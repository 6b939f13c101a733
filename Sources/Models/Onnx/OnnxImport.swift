import Graphs
import Operators
import Tensors

/// What a tensor name of the file stands for while the graph is built.
enum OnnxOperand {
  /// Computed when the network runs.
  case value(Value)
  /// A transposition of a value with rows, made only where one is read: axis a is axis
  /// `permutation[a]` of the value.
  case transposed(Value, permutation: [Int])
  /// Stored weights, decoded when a backend takes them.
  case weight(name: String, any WeightSource)
  /// Known now.
  case folded(FoldedTensor)

  /// What is computed for it when the network runs: the value, transposed or not.
  var computed: Value? {
    switch self {
    case .value(let value), .transposed(let value, _): value
    case .weight, .folded: nil
    }
  }
}

/// The state of one import: the graph so far, and what every tensor name stands for.
struct OnnxImport: ~Copyable {
  let path: String
  let opset: Int
  var builder = GraphBuilder()
  var operands: [String: OnnxOperand] = [:]
  var weights: [ParameterName: any WeightSource] = [:]
  var notes: [String] = []
  /// The batch that the file fixes; its tensors are read as if it were 1.
  var fileBatch = 1

  private var parameters: [String: Value] = [:]
  private var transpositions: [Transposition: Value] = [:]
  private var foldedElements = 0

  /// The most elements that one value may have.
  static let elementLimit = 1 << 31
  /// The most elements that are folded in one import.
  static let foldingLimit = 4_000_000

  init(path: String, opset: Int) {
    self.path = path
    self.opset = opset
  }

  // MARK: - Operands

  /// What an input of a node stands for.
  func operand(_ call: OnnxCall, _ index: Int) throws(ModelError) -> OnnxOperand {
    guard let name = call.input(index) else { throw call.malformed("input \(index) is absent") }
    guard let operand = operands[name] else {
      throw call.malformed("tensor \(ModelError.short(name)) is made by no earlier node")
    }
    return operand
  }

  /// An input as a value of the graph; weights become parameters, known numbers constants.
  mutating func value(_ call: OnnxCall, _ index: Int) throws(ModelError) -> Value {
    switch try operand(call, index) {
    case .value(let value): return value
    case .transposed(let value, let permutation):
      let key = Transposition(value: value, permutation: permutation)
      if let made = transpositions[key] { return made }
      let made = try add(Transpose(permutation), [value], call)
      transpositions[key] = made
      return made
    case .weight(let name, let source): return try parameter(name, source, call)
    case .folded(let tensor):
      guard tensor.batchPlaces.isEmpty else {
        throw call.unsupported("it computes with the batch size")
      }
      guard tensor.count > 0 else { throw call.unsupported("a tensor without elements") }
      let values = HostTensor(tensor.shape, tensor.floats)
      if tensor.count == 1 { return builder.constant(values) }
      return try parameter(call.input(index) ?? "", HostWeights(values), call)
    }
  }

  /// An input that must be known now; nil where it is absent.
  ///
  /// Integers of the file are known, floats only where they are single numbers: other floats stay
  /// weights, under their names.
  mutating func folded(_ call: OnnxCall, _ index: Int) throws(ModelError) -> FoldedTensor? {
    guard call.input(index) != nil else { return nil }
    switch try operand(call, index) {
    case .value, .transposed: return nil
    case .folded(let tensor): return tensor
    case .weight(_, let source):
      let count = source.shape.elementCount
      guard Self.isInteger(source) || count == 1 else { return nil }
      try spend(count, call)
      if Self.isInteger(source) {
        guard let integers = try OnnxWeights.integers(source) else { return nil }
        return FoldedTensor(source.shape, .integers(integers))
      }
      do throws(WeightError) {
        return FoldedTensor(source.shape, .floats(try source.tensor().elements))
      } catch {
        throw call.malformed(error.description)
      }
    }
  }

  /// All inputs, where every one of them is known now; else nil.
  mutating func foldedInputs(_ call: OnnxCall) throws(ModelError) -> [FoldedTensor]? {
    var tensors: [FoldedTensor] = []
    for index in 0..<call.inputCount {
      guard let tensor = try folded(call, index) else { return nil }
      tensors.append(tensor)
    }
    return tensors.isEmpty ? nil : tensors
  }

  /// A list of integers that must be known now; nil where the input is absent.
  mutating func integers(_ call: OnnxCall, _ index: Int) throws(ModelError) -> [Int]? {
    guard call.input(index) != nil else { return nil }
    guard let tensor = try folded(call, index), let integers = tensor.integers,
      tensor.shape.rank <= 1
    else { throw call.unsupported("input \(index) is not a list of integers known beforehand") }
    guard tensor.batchPlaces.isEmpty else {
      throw call.unsupported("it computes with the batch size")
    }
    return integers
  }

  /// A list of integers that older operator sets state as an attribute, newer ones as an input.
  mutating func integers(
    _ call: OnnxCall, _ attribute: String, orInput index: Int
  ) throws(ModelError) -> [Int]? {
    if let stated = try call.integers(attribute) { return stated }
    return try integers(call, index)
  }

  /// The shape of the first input, which may be known beforehand.
  mutating func sourceShape(
    _ known: FoldedTensor?, _ call: OnnxCall
  ) throws(ModelError) -> Shape {
    if let known { return known.shape }
    return shape(try value(call, 0))
  }

  /// A single number that must be known now; nil where the input is absent.
  mutating func number(_ call: OnnxCall, _ index: Int) throws(ModelError) -> Float? {
    guard call.input(index) != nil else { return nil }
    guard let tensor = try folded(call, index), tensor.count == 1, tensor.batchPlaces.isEmpty else {
      throw call.unsupported("input \(index) is not a number known beforehand")
    }
    return tensor.floats[0]
  }

  /// Weights as a value of the graph; scalars become constants.
  mutating func parameter(
    _ name: String, _ source: any WeightSource, _ call: OnnxCall
  ) throws(ModelError) -> Value {
    if let value = parameters[name] { return value }
    let shape = source.shape
    guard let count = shape.checkedElementCount, 1...Self.elementLimit ~= count else {
      throw call.unsupported("a weight of shape \(shape)")
    }
    let value: Value
    if count == 1 {
      do throws(WeightError) {
        value = builder.constant(try source.tensor())
      } catch {
        throw call.malformed(error.description)
      }
    } else {
      value = builder.parameter(ParameterName(name), shape)
      weights[ParameterName(name)] = source
    }
    parameters[name] = value
    return value
  }

  /// Counts folded elements, so that no file can make us hold many.
  mutating func spend(_ count: Int, _ call: OnnxCall) throws(ModelError) {
    guard count <= Self.foldingLimit - foldedElements else {
      throw call.unsupported("more than \(Self.foldingLimit) numbers are computed beforehand")
    }
    foldedElements += count
  }

  /// A name like this one that no tensor of the file has.
  func unusedName(_ name: String) -> String {
    var unused = name
    while operands[unused] != nil { unused += "_" }
    return unused
  }

  static func isInteger(_ source: any WeightSource) -> Bool {
    switch source {
    case let source as FileWeights: source.encoding.isInteger
    case let source as FieldWeights: source.encoding.isInteger
    default: false
    }
  }

  // MARK: - Nodes

  /// The shape of a value, rows counted as 1.
  func shape(_ value: Value) -> Shape { builder.shape(of: value) }

  /// Whether a value has rows.
  func hasRows(_ value: Value) -> Bool { builder.rows(of: value) != nil }

  /// Adds a node; a shape that does not fit is an error of the file.
  mutating func add(
    _ operation: some Operator, _ inputs: [Value], _ call: OnnxCall
  ) throws(ModelError) -> Value {
    let value: Value
    do throws(GraphError) {
      value = try builder.add(operation, inputs)
    } catch {
      throw .unsupported(
        file: path,
        problem: "node \(ModelError.short(call.node.title)) (\(call.node.operatorName)): \(error)",
        remedy: "check the export and the picture size")
    }
    guard let sound = Shape(sound: shape(value).extents),
      1...Self.elementLimit ~= sound.elementCount
    else {
      throw call.unsupported("an output of shape \(shape(value))")
    }
    return value
  }

  /// The same elements under another shape; rows stay in front.
  mutating func reshape(
    _ value: Value, _ target: Shape, _ call: OnnxCall
  ) throws(ModelError) -> Value {
    let source = shape(value)
    if source == target { return value }
    guard Shape(sound: target.extents)?.elementCount == source.elementCount else {
      throw call.malformed("\(source) cannot become \(target)")
    }
    guard !hasRows(value) || target.extents.first == 1 else {
      throw call.unsupported("the batch does not stay the first axis")
    }
    return try add(Reshape(target), [value], call)
  }
}

extension OnnxImport {
  /// The transpose of a stored matrix as a parameter of its own.
  ///
  /// Weights that can only be decoded from their start are decoded now; so few files store them in
  /// that form that the copy does not matter.
  mutating func transposed(
    _ name: String, _ source: any WeightSource, _ call: OnnxCall
  ) throws(ModelError) -> Value {
    var source = source
    if source is FieldWeights {
      do throws(WeightError) {
        source = HostWeights(try source.tensor())
      } catch {
        throw call.malformed(error.description)
      }
    }
    return try parameter(unusedName(name + ".transposed"), TransposedWeights(source), call)
  }
}
