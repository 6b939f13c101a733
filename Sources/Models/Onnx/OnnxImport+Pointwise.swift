import Graphs
import Operators
import Tensors

/// Operators that work element by element.
extension OnnxImport {
  /// An operator of one input and no attributes.
  mutating func pointwise(
    _ operation: some Operator, _ call: OnnxCall
  ) throws(ModelError) -> OnnxOperand {
    let inputs = try aligned(call, 0..<1)
    return inputs.result(try add(operation, inputs.values, call))
  }

  /// `BatchNormalization` with stored statistics.
  mutating func batchNorm(_ call: OnnxCall) throws(ModelError) -> Value {
    if try call.flag("training_mode") { note("BatchNormalization is read with stored statistics") }
    guard try call.flag("spatial", default: true) else {
      throw call.unsupported("statistics for each place")
    }
    var inputs: [Value] = []
    for index in 0..<5 { inputs.append(try value(call, index)) }
    return try add(BatchNorm(epsilon: try call.float("epsilon") ?? 1e-5), inputs, call)
  }

  /// `Clip`, with its limits as attributes or as inputs.
  mutating func clip(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let attributes = (try call.float("min"), try call.float("max"))
    let lower = try number(call, 1) ?? attributes.0 ?? -.infinity
    let upper = try number(call, 2) ?? attributes.1 ?? .infinity
    return try pointwise(Clamp(lower: lower, upper: upper), call)
  }

  /// `LeakyRelu`: relu(x) + alpha · (x - relu(x)).
  ///
  /// Of the ways to write it this one keeps every value to the last bit, and makes the derivative at
  /// 0 alpha, as PyTorch does.
  mutating func leakyReLU(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let inputs = try aligned(call, 0..<1)
    let x = inputs.values[0]
    let slope = builder.constant(try call.float("alpha") ?? 0.01)
    let positive = try add(ReLU(), [x], call)
    let negative = try add(Subtract(), [x, positive], call)
    return inputs.result(
      try add(Add(), [positive, try add(Multiply(), [negative, slope], call)], call))
  }

  /// `HardSigmoid` with ONNX's own defaults.
  mutating func hardSigmoid(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let operation = HardSigmoid(
      slope: try call.float("alpha") ?? 0.2, offset: try call.float("beta") ?? 0.5)
    return try pointwise(operation, call)
  }

  /// `Softmax` and, where `isLogarithmic`, `LogSoftmax`.
  mutating func softmax(_ call: OnnxCall, isLogarithmic: Bool) throws(ModelError) -> Value {
    let x = try value(call, 0)
    let extents = shape(x).extents
    let axis = try call.axis(
      try call.integer("axis") ?? (opset < 13 ? 1 : -1), rank: extents.count)
    guard opset >= 13 || extents[(axis + 1)...].allSatisfy({ $0 == 1 }) else {
      throw call.unsupported("it runs over several axes")
    }
    let y = try add(Softmax(axis: axis), [x], call)
    return isLogarithmic ? try add(Logarithm(), [y], call) : y
  }

  /// `Mul`; x · sigmoid(x) is one operator.
  mutating func multiply(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let inputs = try aligned(call, 0..<2)
    let (a, b) = (inputs.values[0], inputs.values[1])
    for (x, gate) in [(a, b), (b, a)] {
      if let (operation, sources) = builder.operation(of: gate), operation is Sigmoid,
        sources == [x]
      {
        return inputs.result(try add(SiLU(), [x], call))
      }
    }
    return inputs.result(try add(Multiply(), [a, b], call))
  }

  /// `Add`; what is written out as a bias or a normalisation of channels is read as one.
  mutating func add(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let inputs = try aligned(call, 0..<2)
    for (x, bias) in [(inputs.values[0], inputs.values[1]), (inputs.values[1], inputs.values[0])] {
      if let y = try biased(x, bias, call) { return inputs.result(y) }
    }
    return inputs.result(try add(Add(), inputs.values, call))
  }

  /// An operator of two inputs that broadcast.
  mutating func binary(
    _ operation: some Operator, _ call: OnnxCall
  ) throws(ModelError) -> OnnxOperand {
    let inputs = try aligned(call, 0..<2)
    return inputs.result(try add(operation, inputs.values, call))
  }

  /// `Sum` of any number of inputs.
  mutating func sum(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let inputs = try aligned(call, 0..<call.inputCount)
    guard var total = inputs.values.first else { throw call.malformed("no inputs") }
    for value in inputs.values.dropFirst() { total = try add(Add(), [total, value], call) }
    return inputs.result(total)
  }

  /// `Cast` and `CastLike`: a value stays as it is where it stays a float.
  mutating func cast(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let x = try operand(call, 0)
    guard call.node.operatorName == "Cast" else { return x }
    let type = try call.integer("to") ?? 0
    let isFloat = [1, 10, 11, 16].contains(type)
    if let tensor = try folded(call, 0) {
      guard isFloat || [6, 7].contains(type) else { throw call.unsupported("to type \(type)") }
      try spend(tensor.count, call)
      return .folded(try tensor.cast(isFloat: isFloat, call))
    }
    guard isFloat else { throw call.unsupported("from float to type \(type)") }
    return x
  }

  /// Remembers something that the user should know, once.
  mutating func note(_ text: String) {
    if !notes.contains(text) { notes.append(text) }
  }
}

extension FoldedTensor {
  /// The numbers as floats, or as integers cut off towards zero.
  func cast(isFloat: Bool, _ call: OnnxCall) throws(ModelError) -> FoldedTensor {
    switch numbers {
    case .integers(let values):
      guard isFloat else { return self }
      return FoldedTensor(shape, .floats(values.map { Float($0) }), batchPlaces: batchPlaces)
    case .floats(let values):
      guard !isFloat else { return self }
      var integers: [Int] = []
      for value in values {
        guard let integer = Int(exactly: value.rounded(.towardZero)) else {
          throw call.malformed("\(value) as an integer")
        }
        integers.append(integer)
      }
      return FoldedTensor(shape, .integers(integers), batchPlaces: batchPlaces)
    }
  }
}
