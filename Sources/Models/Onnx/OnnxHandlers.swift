import Graphs
import Operators

extension OnnxImport {
  /// Imports one node: its outputs in order, as far as they exist.
  typealias Handler =
    @Sendable (inout OnnxImport, OnnxCall, inout OnnxWeights) throws(ModelError) -> [OnnxOperand]

  /// How each operator is imported: the one list of what is supported.
  static let handlers: [String: Handler] = [
    // Computed
    "Conv": value { (state, call) throws(ModelError) in try state.convolution(call) },
    "Gemm": value { (state, call) throws(ModelError) in try state.gemm(call) },
    "MatMul": value { (state, call) throws(ModelError) in try state.matrixProduct(call) },
    "BatchNormalization": value { (state, call) throws(ModelError) in try state.batchNorm(call) },
    "MaxPool": value { (state, call) throws(ModelError) in try state.maxPool(call) },
    "AveragePool": value { (state, call) throws(ModelError) in try state.averagePool(call) },
    "GlobalAveragePool": value { (state, call) throws(ModelError) in
      try state.globalPool(call, maximum: false)
    },
    "GlobalMaxPool": value { (state, call) throws(ModelError) in
      try state.globalPool(call, maximum: true)
    },
    "Relu": operand { (state, call) throws(ModelError) in try state.pointwise(ReLU(), call) },
    "LeakyRelu": operand { (state, call) throws(ModelError) in try state.leakyReLU(call) },
    "Sigmoid": operand { (state, call) throws(ModelError) in try state.pointwise(Sigmoid(), call) },
    "HardSwish": operand { (state, call) throws(ModelError) in
      try state.pointwise(HardSwish(), call)
    },
    "Log": operand { (state, call) throws(ModelError) in try state.pointwise(Logarithm(), call) },
    "HardSigmoid": operand { (state, call) throws(ModelError) in try state.hardSigmoid(call) },
    "Clip": operand { (state, call) throws(ModelError) in try state.clip(call) },
    "Softmax": value { (state, call) throws(ModelError) in
      try state.softmax(call, isLogarithmic: false)
    },
    "LogSoftmax": value { (state, call) throws(ModelError) in
      try state.softmax(call, isLogarithmic: true)
    },
    "Sum": operand { (state, call) throws(ModelError) in try state.sum(call) },
    "Add": arithmetic { (state, call) throws(ModelError) in try state.add(call) },
    "Sub": arithmetic { (state, call) throws(ModelError) in try state.binary(Subtract(), call) },
    "Mul": arithmetic { (state, call) throws(ModelError) in try state.multiply(call) },
    "Div": arithmetic { (state, call) throws(ModelError) in try state.binary(Divide(), call) },
    "ReduceMean": operand { (state, call) throws(ModelError) in try state.reduce(call, .mean) },
    "ReduceSum": operand { (state, call) throws(ModelError) in try state.reduce(call, .sum) },
    "ReduceMin": operand { (state, call) throws(ModelError) in try state.reduce(call, .minimum) },
    "ReduceMax": operand { (state, call) throws(ModelError) in try state.reduce(call, .maximum) },

    // Moved
    "Reshape": operand { (state, call) throws(ModelError) in try state.reshape(call) },
    "Flatten": value { (state, call) throws(ModelError) in try state.flatten(call) },
    "Squeeze": operand { (state, call) throws(ModelError) in
      try state.changeRank(call, inserts: false)
    },
    "Unsqueeze": operand { (state, call) throws(ModelError) in
      try state.changeRank(call, inserts: true)
    },
    "Transpose": operand { (state, call) throws(ModelError) in try state.transpose(call) },
    "Concat": operand { (state, call) throws(ModelError) in try state.concat(call) },
    "Slice": operand { (state, call) throws(ModelError) in try state.slice(call) },
    "Split": { (state, call, _) throws(ModelError) in try state.split(call) },
    "Gather": operand { (state, call) throws(ModelError) in try state.gather(call) },
    "Pad": operand { (state, call) throws(ModelError) in try state.pad(call) },
    "Expand": operand { (state, call) throws(ModelError) in try state.expand(call) },

    // Passed on
    "Identity": operand { (state, call) throws(ModelError) in try state.operand(call, 0) },
    "Dropout": operand { (state, call) throws(ModelError) in try state.operand(call, 0) },
    "Cast": operand { (state, call) throws(ModelError) in try state.cast(call) },
    "CastLike": operand { (state, call) throws(ModelError) in try state.cast(call) },

    // Known beforehand
    "Constant": { (state, call, reader) throws(ModelError) in
      [try state.constant(call, &reader)]
    },
    "ConstantOfShape": { (state, call, reader) throws(ModelError) in
      [try state.constantOfShape(call, &reader)]
    },
    "Shape": operand { (state, call) throws(ModelError) in try state.shapeOf(call) },
    "Range": operand { (state, call) throws(ModelError) in try state.range(call) },
  ]

  /// A handler whose one result is computed when the network runs.
  private static func value(
    _ body: @escaping @Sendable (inout OnnxImport, OnnxCall) throws(ModelError) -> Value
  ) -> Handler {
    { (state, call, _) throws(ModelError) in [.value(try body(&state, call))] }
  }

  /// A handler whose one result may be known beforehand.
  private static func operand(
    _ body: @escaping @Sendable (inout OnnxImport, OnnxCall) throws(ModelError) -> OnnxOperand
  ) -> Handler {
    { (state, call, _) throws(ModelError) in [try body(&state, call)] }
  }

  /// A handler of arithmetic, done now where all numbers are known.
  private static func arithmetic(
    _ body: @escaping @Sendable (inout OnnxImport, OnnxCall) throws(ModelError) -> OnnxOperand
  ) -> Handler {
    { (state, call, _) throws(ModelError) in
      if let tensor = try state.arithmetic(call) { return [.folded(tensor)] }
      return [try body(&state, call)]
    }
  }
}
