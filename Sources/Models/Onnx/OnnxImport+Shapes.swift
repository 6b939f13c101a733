import Graphs
import Operators
import Tensors

/// Operators that move elements without computing.
extension OnnxImport {
  /// `Reshape`: 0 keeps an extent, -1 is worked out, the leading extent of rows is their number.
  mutating func reshape(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let attribute = try call.integers("shape")
    let tensor = try folded(call, 1)
    guard let target = attribute ?? tensor?.integers, target.count <= 8 else {
      throw call.unsupported("its shape is not known beforehand")
    }
    guard (tensor?.batchPlaces ?? []).allSatisfy({ $0 == 0 }) else {
      throw call.unsupported("the batch does not stay the first axis")
    }
    if let known = try folded(call, 0) {
      return .folded(known.reshaped(try resolve(target, known.shape, false, call)))
    }
    let x = try value(call, 0)
    return .value(try reshape(x, try resolve(target, shape(x), hasRows(x), call), call))
  }

  private func resolve(
    _ target: [Int], _ source: Shape, _ hasRows: Bool, _ call: OnnxCall
  ) throws(ModelError) -> Shape {
    let keepsZeros = try call.flag("allowzero")
    var extents = target
    for axis in extents.indices {
      if extents[axis] == 0, !keepsZeros {
        guard axis < source.rank else { throw call.malformed("extent \(axis) of \(source)") }
        extents[axis] = source[axis]
      }
      if axis == 0, hasRows, fileBatch > 1, extents[axis] == fileBatch { extents[axis] = 1 }
    }
    let open = extents.indices.filter { extents[$0] == -1 }
    guard open.count <= 1 else { throw call.malformed("shape \(target)") }
    if let axis = open.first {
      extents[axis] = 1
      guard let known = Shape(sound: extents)?.elementCount, known > 0,
        source.elementCount % known == 0
      else { throw call.malformed("\(source) as \(target)") }
      extents[axis] = source.elementCount / known
    }
    guard let shape = Shape(sound: extents), shape.elementCount == source.elementCount else {
      throw call.malformed("\(source) as \(target)")
    }
    return shape
  }

  /// `Flatten` into two axes.
  mutating func flatten(_ call: OnnxCall) throws(ModelError) -> Value {
    let x = try value(call, 0)
    let extents = shape(x).extents
    let stated = try call.integer("axis") ?? 1
    guard -extents.count...extents.count ~= stated else { throw call.malformed("axis \(stated)") }
    let axis = stated < 0 ? stated + extents.count : stated
    let target: Shape = [
      extents[..<axis].reduce(1, *), extents[axis...].reduce(1, *),
    ]
    return try reshape(x, target, call)
  }

  /// `Squeeze` and `Unsqueeze`, with their axes as attribute or input.
  mutating func changeRank(_ call: OnnxCall, inserts: Bool) throws(ModelError) -> OnnxOperand {
    let stated = try integers(call, "axes", orInput: 1)
    let known = try folded(call, 0)
    let x = known == nil ? try value(call, 0) : nil
    let source = known?.shape ?? x.map { shape($0) } ?? []
    let rows = x.map { hasRows($0) } ?? false
    let target =
      try inserts
      ? inserting(stated ?? [], into: source, hasRows: rows, call)
      : removing(stated, from: source, hasRows: rows, call)
    if let known { return .folded(known.reshaped(target)) }
    return .value(try reshape(try value(call, 0), target, call))
  }

  private func inserting(
    _ stated: [Int], into source: Shape, hasRows: Bool, _ call: OnnxCall
  ) throws(ModelError) -> Shape {
    guard stated.count <= 8 else { throw call.malformed("\(stated.count) axes") }
    var extents = source.extents
    for axis in try call.axes(stated, rank: source.rank + stated.count) {
      guard axis <= extents.count else { throw call.malformed("axis \(axis)") }
      guard axis > 0 || !hasRows else { throw call.unsupported("the batch does not stay first") }
      extents.insert(1, at: axis)
    }
    return Shape(extents)
  }

  private func removing(
    _ stated: [Int]?, from source: Shape, hasRows: Bool, _ call: OnnxCall
  ) throws(ModelError) -> Shape {
    // Without axes every extent of 1 goes, but the batch, which is only written as 1.
    let all = source.extents.indices.filter { source[$0] == 1 && !(hasRows && $0 == 0) }
    let axes =
      try stated.map { (stated) throws(ModelError) in
        try call.axes(stated, rank: source.rank)
      } ?? all
    guard axes.allSatisfy({ source[$0] == 1 }) else {
      throw call.malformed("axes \(axes) of \(source)")
    }
    guard !hasRows || !axes.contains(0) else { throw call.unsupported("it removes the batch") }
    return Shape(source.extents.indices.filter { !axes.contains($0) }.map { source[$0] })
  }

  /// `Transpose`.
  mutating func transpose(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let known = try folded(call, 0)
    let inputs = known == nil ? try aligned(call, 0..<1) : nil
    let source = known?.shape ?? inputs.map { shape($0.values[0]) } ?? []
    let permutation = try call.integers("perm") ?? Array((0..<source.rank).reversed())
    guard permutation.sorted() == Array(0..<source.rank) else {
      throw call.malformed("perm \(permutation.prefix(8)) of \(source)")
    }
    if let known {
      try spend(2 * known.count, call)
      let strides = source.strides
      let target = Shape(permutation.map { source[$0] })
      let indices = (0..<target.elementCount).map { flat in
        var rest = flat
        var index = 0
        for axis in target.extents.indices.reversed() {
          index += rest % target[axis] * strides[permutation[axis]]
          rest /= target[axis]
        }
        return index
      }
      return .folded(known.picking(target, indices))
    }
    guard let inputs else { throw call.malformed("no input") }
    let (x, axes) = (inputs.values[0], permutation.map(inputs.axis))
    if axes == Array(0..<source.rank) { return .value(x) }
    guard hasRows(x) else { return .value(try add(Transpose(axes), [x], call)) }
    guard axes.first == 0 else {
      throw call.unsupported("the batch does not stay the first axis")
    }
    return .transposed(x, permutation: axes)
  }

  /// `Concat`.
  mutating func concat(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    guard let stated = try call.integer("axis") else { throw call.malformed("no axis") }
    if let tensors = try foldedInputs(call) {
      let axis = try call.axis(stated, rank: tensors[0].shape.rank)
      guard axis == 0, tensors.allSatisfy({ $0.shape.rank == 1 }) else {
        throw call.unsupported("numbers known beforehand are joined along axis \(axis)")
      }
      return .folded(try join(tensors, call))
    }
    let inputs = try aligned(call, 0..<call.inputCount)
    guard let first = inputs.values.first else { throw call.malformed("no inputs") }
    let axis = inputs.axis(try call.axis(stated, rank: shape(first).rank))
    let rows = Set(inputs.values.map { hasRows($0) })
    guard rows == [false] || (rows == [true] && axis > 0) else {
      throw call.unsupported("it joins along the batch, or a batch with weights")
    }
    guard inputs.values.count > 1 else { return inputs.result(first) }
    return inputs.result(try add(Concat(axis: axis), inputs.values, call))
  }

  private mutating func join(
    _ tensors: [FoldedTensor], _ call: OnnxCall
  ) throws(ModelError) -> FoldedTensor {
    var integers: [Int] = []
    var floats: [Float] = []
    var places: Set<Int> = []
    var isFloat = false
    var count = 0
    for tensor in tensors {
      try spend(tensor.count, call)
      for place in tensor.batchPlaces { places.insert(count + place) }
      count += tensor.count
      switch tensor.numbers {
      case .integers(let values): integers += values
      case .floats(let values):
        floats += values
        isFloat = true
      }
    }
    guard integers.isEmpty || floats.isEmpty else { throw call.malformed("inputs of two types") }
    return FoldedTensor(
      [count], isFloat ? .floats(floats) : .integers(integers), batchPlaces: places)
  }
}
