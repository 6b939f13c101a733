import Graphs
import Operators
import Tensors

/// Graphs that keep their channels last, computed with channels first.
///
/// Such a file turns its values round before and after every convolution. A `Transpose` is held
/// back as an operand: what treats all places alike is computed on what was transposed, and two
/// transpositions that undo each other vanish. Only where the order of elements is looked at, as by
/// `Reshape`, a transposition becomes a node.
extension OnnxImport {
  /// A transposition that was made.
  struct Transposition: Hashable {
    let value: Value
    let permutation: [Int]
  }

  /// Inputs in one common order of axes.
  struct Aligned {
    /// The inputs, in the order in which they are computed.
    var values: [Value]
    /// The axis of the values for each axis of the file; nil where both are the same.
    var permutation: [Int]?

    /// The axis of the values for an axis of the file.
    func axis(_ number: Int) -> Int { permutation?[number] ?? number }

    /// A result in the order of the values, as the file sees it.
    func result(_ value: Value) -> OnnxOperand {
      permutation.map { .transposed(value, permutation: $0) } ?? .value(value)
    }
  }

  /// Some inputs in one common order: that of the first transposed one where all of them follow.
  mutating func aligned(_ call: OnnxCall, _ indices: Range<Int>) throws(ModelError) -> Aligned {
    var permutation: [Int]?
    for index in indices where permutation == nil {
      if case .transposed(_, let order) = try operand(call, index) { permutation = order }
    }
    var values: [Value] = []
    for index in indices {
      guard let order = permutation else {
        values.append(try value(call, index))
        continue
      }
      guard let value = try value(call, index, in: order) else {
        permutation = nil
        values = []
        for index in indices { values.append(try value(call, index)) }
        break
      }
      values.append(value)
    }
    return Aligned(values: values, permutation: permutation)
  }

  /// An input in another order of axes; nil where it has rows and another number of axes.
  private mutating func value(
    _ call: OnnxCall, _ index: Int, in permutation: [Int]
  ) throws(ModelError) -> Value? {
    if case .transposed(let source, permutation) = try operand(call, index) { return source }
    let x = try value(call, index)
    let extents = shape(x).extents
    if !hasRows(x), extents.allSatisfy({ $0 == 1 }) { return x }
    guard extents.count == permutation.count || (!hasRows(x) && extents.count < permutation.count)
    else { return nil }
    let all = [Int](repeating: 1, count: permutation.count - extents.count) + extents
    let inverse = permutation.indices.map { axis in permutation.firstIndex(of: axis) ?? axis }
    let padded = try reshape(x, Shape(all), call)
    // With at most one axis that is not 1, nothing changes its place.
    if !hasRows(x), all.count(where: { $0 != 1 }) <= 1 {
      return try reshape(padded, Shape(inverse.map { all[$0] }), call)
    }
    return try add(Transpose(inverse), [padded], call)
  }
}

// MARK: - Channels

extension OnnxImport {
  /// x + bias as part of the operator that gave x, where bias is a number a channel; else nil.
  ///
  /// A convolution without a bias takes it. (x - mean) * scale + bias is a batch normalisation: Keras
  /// writes it out.
  mutating func biased(_ x: Value, _ bias: Value, _ call: OnnxCall) throws(ModelError) -> Value? {
    guard hasRows(x), shape(x).rank == 4, let (operation, inputs) = builder.operation(of: x),
      isOfChannels(bias, shape(x)[1])
    else { return nil }
    if operation is Conv2D, inputs.count == 2 {
      return try add(operation, inputs + [try channels(bias, call)], call)
    }
    guard operation is Multiply else { return nil }
    for (difference, scale) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] {
      guard isOfChannels(scale, shape(x)[1]), hasRows(difference),
        let (subtraction, terms) = builder.operation(of: difference), subtraction is Subtract,
        isOfChannels(terms[1], shape(x)[1]), shape(terms[0]) == shape(x)
      else { continue }
      let ones = HostTensor([shape(x)[1]], [Float](repeating: 1, count: shape(x)[1]))
      let variance = try parameter(
        unusedName("ones.\(shape(x)[1])"), HostWeights(ones), call)
      let statistics = [scale, bias, terms[1]]
      var vectors: [Value] = []
      for value in statistics { vectors.append(try channels(value, call)) }
      return try add(BatchNorm(epsilon: 0), [terms[0]] + vectors + [variance], call)
    }
    return nil
  }

  /// Whether a value without rows has a number for each channel and nothing else.
  private func isOfChannels(_ value: Value, _ count: Int) -> Bool {
    guard !hasRows(value), count > 1, shape(value).elementCount == count else { return false }
    let extents = shape(value).extents
    return extents.count >= 3 && extents[extents.count - 3] == count
  }

  /// Such a value as `[C]`, without a reshaping that only brought it into form.
  private mutating func channels(_ value: Value, _ call: OnnxCall) throws(ModelError) -> Value {
    let flat: Shape = [shape(value).elementCount]
    var source = value
    while shape(source) != flat, let (operation, inputs) = builder.operation(of: source),
      operation is Reshape
    {
      source = inputs[0]
    }
    return try reshape(shape(source) == flat ? source : value, flat, call)
  }
}
