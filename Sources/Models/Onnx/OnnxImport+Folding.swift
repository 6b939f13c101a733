import Graphs
import Operators
import Tensors

/// Arithmetic that is done while the network is imported: on shapes, axes and bounds.
extension OnnxImport {
  /// The numbers that `Shape` gives; the batch among them is marked.
  mutating func shapeOf(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let source: Shape
    var rows = false
    switch try operand(call, 0) {
    case .value(let value):
      source = shape(value)
      rows = hasRows(value)
    case .transposed(let value, let permutation):
      source = Shape(permutation.map { shape(value)[$0] })
      rows = true
    case .weight(_, let weights): source = weights.shape
    case .folded(let tensor): source = tensor.shape
    }
    let bound = { (number: Int) in
      Swift.min(Swift.max(number < 0 ? number + source.rank : number, 0), source.rank)
    }
    let start = bound(Swift.max(try call.integer("start") ?? 0, -source.rank))
    let end = bound(Swift.max(try call.integer("end") ?? source.rank, -source.rank))
    let extents = start < end ? Array(source.extents[start..<end]) : []
    return .folded(FoldedTensor(extents, batchPlaces: rows && start == 0 && end > 0 ? [0] : []))
  }

  /// `Constant`, whatever attribute holds it.
  mutating func constant(
    _ call: OnnxCall, _ reader: inout OnnxWeights
  ) throws(ModelError) -> OnnxOperand {
    for (name, attribute) in call.node.attributes {
      switch (name, attribute) {
      case ("value", .tensor(let tensor)):
        return .weight(name: call.node.outputs.first ?? "", try reader.source(tensor))
      case ("value_float", .float(let value)): return .folded(FoldedTensor([], .floats([value])))
      case ("value_int", .integer(let value)): return .folded(FoldedTensor([], .integers([value])))
      case ("value_floats", .floats(let values)):
        return .folded(FoldedTensor([values.count], .floats(values)))
      case ("value_ints", .integers(let values)): return .folded(FoldedTensor(values))
      default: continue
      }
    }
    throw call.unsupported("a constant that is no dense tensor of numbers")
  }

  /// `ConstantOfShape`: a large one stays a recipe.
  mutating func constantOfShape(
    _ call: OnnxCall, _ reader: inout OnnxWeights
  ) throws(ModelError) -> OnnxOperand {
    guard let tensor = try folded(call, 0), let extents = tensor.integers, extents.count <= 8,
      tensor.batchPlaces.allSatisfy({ $0 == 0 }), let shape = Shape(sound: extents),
      shape.elementCount <= 1 << 28
    else { throw call.unsupported("its shape is not known beforehand, or too large") }
    let count = shape.elementCount
    var value: Float = 0
    if case .tensor(let stated) = call.node.attributes["value"] {
      let source = try reader.source(stated)
      guard source.shape.elementCount == 1 else { throw call.malformed("more than one value") }
      if let integers = try OnnxWeights.integers(source) {
        try spend(count, call)
        return .folded(
          FoldedTensor(shape, .integers([Int](repeating: integers[0], count: count))))
      }
      do throws(WeightError) { value = try source.tensor()[0] } catch {
        throw call.malformed(error.description)
      }
    }
    guard count <= 4096 else {
      // Nothing is stored: the weights are decoded from the recipe.
      return .weight(name: call.node.outputs.first ?? "", FilledWeights(shape, value))
    }
    try spend(count, call)
    return .folded(FoldedTensor(shape, .floats([Float](repeating: value, count: count))))
  }

  /// `Range` of integers.
  mutating func range(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    guard let tensors = try foldedInputs(call), tensors.count == 3,
      tensors.allSatisfy({ $0.count == 1 && $0.batchPlaces.isEmpty })
    else { throw call.unsupported("its limits are not known beforehand") }
    let numbers = tensors.compactMap { $0.integers?.first }
    guard numbers.count == 3, numbers[2] != 0 else { throw call.unsupported("of floats") }
    let (distance, overflow) = numbers[1].subtractingReportingOverflow(numbers[0])
    guard !overflow, distance != .min, numbers[2] != .min else {
      throw call.malformed("limits \(numbers)")
    }
    let step = numbers[2]
    let count = distance.signum() == step.signum() ? (abs(distance) - 1) / abs(step) + 1 : 0
    try spend(count, call)
    return .folded(FoldedTensor((0..<count).map { numbers[0] + $0 * step }))
  }

  /// `Expand` of numbers known beforehand, or of a value that has the shape already.
  mutating func expand(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    guard let stated = try folded(call, 1), let extents = stated.integers, extents.count <= 8,
      stated.batchPlaces.allSatisfy({ $0 == 0 }), let wanted = Shape(sound: extents)
    else { throw call.unsupported("its shape is not known beforehand") }
    let known = try folded(call, 0)
    let source = try sourceShape(known, call)
    guard let target = source.broadcast(with: wanted), Shape(sound: target.extents) != nil else {
      throw call.malformed("\(source) to \(wanted)")
    }
    if let known {
      try spend(target.elementCount, call)
      return .folded(known.picking(target, source.indices(broadcastTo: target)))
    }
    guard target == source else { throw call.unsupported("it repeats computed values") }
    return .value(try value(call, 0))
  }

  /// The four operations on numbers known beforehand; nil where an input is not.
  mutating func arithmetic(_ call: OnnxCall) throws(ModelError) -> FoldedTensor? {
    guard call.inputCount == 2, let tensors = try foldedInputs(call), tensors.count == 2 else {
      return nil
    }
    let (a, b) = (tensors[0], tensors[1])
    guard let target = a.shape.broadcast(with: b.shape), Shape(sound: target.extents) != nil
    else { throw call.malformed("\(a.shape) with \(b.shape)") }
    try spend(3 * target.elementCount, call)
    let left = a.picking(target, a.shape.indices(broadcastTo: target))
    let right = b.picking(target, b.shape.indices(broadcastTo: target))
    let places = try batchPlaces(left, right, call)
    if let x = left.integers, let y = right.integers {
      var results: [Int] = []
      for (x, y) in zip(x, y) { results.append(try combine(x, y, call)) }
      return FoldedTensor(target, .integers(results), batchPlaces: places)
    }
    let results = zip(left.floats, right.floats).map { x, y in
      switch call.node.operatorName {
      case "Add": x + y
      case "Sub": x - y
      case "Mul": x * y
      default: x / y
      }
    }
    return FoldedTensor(target, .floats(results), batchPlaces: places)
  }

  /// The batch stays the batch where it is multiplied or divided by 1, or 0 is added.
  private func batchPlaces(
    _ left: FoldedTensor, _ right: FoldedTensor, _ call: OnnxCall
  ) throws(ModelError) -> Set<Int> {
    guard !left.batchPlaces.isEmpty || !right.batchPlaces.isEmpty else { return [] }
    let name = call.node.operatorName
    let neutral: Float = name == "Mul" || name == "Div" ? 1 : 0
    let isTurned = name == "Mul" || name == "Add"
    let (lefts, rights) = (left.floats, right.floats)
    for place in left.batchPlaces.union(right.batchPlaces) {
      let both = left.batchPlaces.contains(place) && right.batchPlaces.contains(place)
      let isLeft = left.batchPlaces.contains(place)
      let other = isLeft ? rights[place] : lefts[place]
      guard !both, other == neutral, isLeft || isTurned else {
        throw call.unsupported("it computes with the batch size")
      }
    }
    return left.batchPlaces.union(right.batchPlaces)
  }

  private func combine(_ x: Int, _ y: Int, _ call: OnnxCall) throws(ModelError) -> Int {
    let (value, overflow) =
      switch call.node.operatorName {
      case "Add": x.addingReportingOverflow(y)
      case "Sub": x.subtractingReportingOverflow(y)
      case "Mul": x.multipliedReportingOverflow(by: y)
      default: x.dividedReportingOverflow(by: y)
      }
    guard !overflow else { throw call.malformed("\(x) and \(y) do not combine") }
    return value
  }
}
