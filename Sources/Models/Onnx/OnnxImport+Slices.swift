import Graphs
import Operators
import Tensors

/// Operators that take a part of a tensor, or put one into a larger.
extension OnnxImport {
  /// `Slice`; with steps of 1 where the tensor is computed when the network runs.
  mutating func slice(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let known = try folded(call, 0)
    let inputs = known == nil ? try aligned(call, 0..<1) : nil
    let source = known?.shape ?? inputs.map { shape($0.values[0]) } ?? []
    let starts = try integers(call, "starts", orInput: 1) ?? []
    let ends = try integers(call, "ends", orInput: 2) ?? []
    let stated = try integers(call, "axes", orInput: 3) ?? Array(starts.indices)
    let steps = try integers(call, 4) ?? starts.map { _ in 1 }
    guard starts.count == ends.count, starts.count == stated.count, steps.count == starts.count,
      starts.count <= source.rank, !steps.contains(0)
    else { throw call.malformed("starts, ends, axes and steps do not agree") }
    var cuts: [(axis: Int, places: StrideTo<Int>)] = []
    for place in starts.indices {
      let number = try call.axis(stated[place], rank: source.rank)
      let axis = inputs?.axis(number) ?? number
      let places = Self.places(starts[place], ends[place], steps[place], of: source[axis])
      cuts.append((axis, places))
    }
    if let known { return .folded(try cut(known, cuts, call)) }
    guard let inputs else { throw call.malformed("no input") }
    guard steps.allSatisfy({ $0 == 1 }) else { throw call.unsupported("steps \(steps)") }
    var x = inputs.values[0]
    for (axis, places) in cuts {
      guard let first = places.first(where: { _ in true }) else {
        throw call.unsupported("nothing is left")
      }
      let range = first..<first + places.underestimatedCount
      guard range != 0..<source[axis] else { continue }
      guard axis > 0 || !hasRows(x) else { throw call.unsupported("it cuts the batch") }
      x = try add(Slice(axis: axis, range: range), [x], call)
    }
    return inputs.result(x)
  }

  /// The places that are taken along an axis; negative bounds count from behind.
  private static func places(
    _ start: Int, _ end: Int, _ step: Int, of extent: Int
  ) -> StrideTo<Int> {
    let limits = step > 0 ? 0...extent : -1...extent - 1
    let bounded = { (bound: Int) in
      min(max(bound < 0 ? bound + extent : bound, limits.lowerBound), limits.upperBound)
    }
    let stride = min(max(step, -1 << 31), 1 << 31)
    return Swift.stride(from: bounded(start), to: bounded(end), by: stride)
  }

  private mutating func cut(
    _ tensor: FoldedTensor, _ cuts: [(axis: Int, places: StrideTo<Int>)], _ call: OnnxCall
  ) throws(ModelError) -> FoldedTensor {
    var taken = tensor.shape.extents.map { Array(0..<$0) }
    for (axis, places) in cuts { taken[axis] = Array(places) }
    let target = Shape(taken.map(\.count))
    try spend(tensor.count + target.elementCount, call)
    let strides = tensor.shape.strides
    var indices = [0]
    for (axis, places) in taken.enumerated() {
      indices = indices.flatMap { index in places.map { index + $0 * strides[axis] } }
    }
    return tensor.picking(target, indices)
  }

  /// `Split` into parts of stated or of equal size.
  mutating func split(_ call: OnnxCall) throws(ModelError) -> [OnnxOperand] {
    let x = try value(call, 0)
    let axis = try call.axis(try call.integer("axis") ?? 0, rank: shape(x).rank)
    guard axis > 0 || !hasRows(x) else { throw call.unsupported("it cuts the batch") }
    let extent = shape(x)[axis]
    let count = call.node.outputs.count
    var sizes = try integers(call, "split", orInput: 1)
    if sizes == nil, count > 0 {
      let size = (extent + count - 1) / count
      sizes = (0..<count).map { min(size, extent - min($0 * size, extent)) }
    }
    guard let sizes, sizes.count == count, sizes.allSatisfy({ 1...extent ~= $0 }),
      sizes.reduce(0, +) == extent
    else { throw call.malformed("\(extent) split into \(sizes?.prefix(8) ?? [])") }
    var parts: [OnnxOperand] = []
    var start = 0
    for size in sizes {
      let part = Slice(axis: axis, range: start..<start + size)
      parts.append(.value(size == extent ? x : try add(part, [x], call)))
      start += size
    }
    return parts
  }

  /// `Gather` of one place, or of a few, along an axis.
  mutating func gather(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    guard let places = try folded(call, 1), let stated = places.integers,
      places.batchPlaces.isEmpty, places.shape.rank <= 1
    else { throw call.unsupported("its places are not known beforehand") }
    let known = try folded(call, 0)
    let source = try sourceShape(known, call)
    let axis = try call.axis(try call.integer("axis") ?? 0, rank: source.rank)
    var indices: [Int] = []
    for index in stated { indices.append(try call.axis(index, rank: source[axis])) }
    if let known {
      guard source.rank == 1 else { throw call.unsupported("of a table known beforehand") }
      try spend(indices.count, call)
      return .folded(known.picking(places.shape, indices))
    }
    let x = try value(call, 0)
    guard axis > 0 || !hasRows(x) else { throw call.unsupported("it picks from the batch") }
    guard 1...64 ~= indices.count else { throw call.unsupported("\(indices.count) places") }
    var parts: [Value] = []
    for index in indices {
      parts.append(try add(Slice(axis: axis, range: index..<index + 1), [x], call))
    }
    let joined = parts.count == 1 ? parts[0] : try add(Concat(axis: axis), parts, call)
    guard places.shape.rank == 0 else { return .value(joined) }
    var extents = source.extents
    extents.remove(at: axis)
    return .value(try reshape(joined, Shape(extents), call))
  }

  /// `Pad` with zeros, with the edge or mirrored at it; negative paddings cut.
  mutating func pad(_ call: OnnxCall) throws(ModelError) -> OnnxOperand {
    let inputs = try aligned(call, 0..<1)
    var x = inputs.values[0]
    let rank = shape(x).rank
    let mode = try call.text("mode") ?? "constant"
    guard ["constant", "edge", "reflect"].contains(mode) else {
      throw call.unsupported("mode \(ModelError.short(mode))")
    }
    let stated = try call.float("value")
    let filling = mode == "constant" ? try number(call, 2) ?? stated ?? 0 : 0
    guard filling == 0 else { throw call.unsupported("it pads with \(filling)") }
    let pads = try integers(call, "pads", orInput: 1) ?? []
    let axes = try integers(call, 3) ?? Array(0..<rank)
    guard pads.count == 2 * axes.count, pads.allSatisfy({ abs($0.clamped) <= 1 << 20 }) else {
      throw call.malformed("pads \(pads.prefix(16)) for \(axes.count) axes")
    }
    for (place, number) in axes.enumerated() {
      let axis = inputs.axis(try call.axis(number, rank: rank))
      let (before, after) = (pads[place], pads[place + axes.count])
      guard before != 0 || after != 0 else { continue }
      guard axis > 0 || !hasRows(x) else { throw call.unsupported("it pads the batch") }
      if before > 0 || after > 0 {
        x =
          try mode == "constant"
          ? add(Pad(axis: axis, before: max(before, 0), after: max(after, 0)), [x], call)
          : edged(x, axis, max(before, 0), max(after, 0), isMirrored: mode == "reflect", call)
      }
      if before < 0 || after < 0 {
        let extent = shape(x)[axis]
        let (lower, upper) = (max(-before, 0), extent - max(-after, 0))
        guard lower < upper else { throw call.unsupported("nothing is left") }
        x = try add(Slice(axis: axis, range: lower..<upper), [x], call)
      }
    }
    return inputs.result(x)
  }

  /// An axis with its edge repeated, or mirrored without it.
  private mutating func edged(
    _ x: Value, _ axis: Int, _ before: Int, _ after: Int, isMirrored: Bool, _ call: OnnxCall
  ) throws(ModelError) -> Value {
    let extent = shape(x)[axis]
    guard before + after <= 64, !isMirrored || max(before, after) < extent else {
      throw call.unsupported("it continues \(extent) places by \(before) and \(after)")
    }
    var parts: [Value] = []
    for distance in (0..<before).reversed() {
      let place = isMirrored ? distance + 1 : 0
      parts.append(try add(Slice(axis: axis, range: place..<place + 1), [x], call))
    }
    parts.append(x)
    for distance in 0..<after {
      let place = isMirrored ? extent - 2 - distance : extent - 1
      parts.append(try add(Slice(axis: axis, range: place..<place + 1), [x], call))
    }
    return try add(Concat(axis: axis), parts, call)
  }
}

extension Int {
  /// The number without the one value whose magnitude does not fit.
  fileprivate var clamped: Int { Swift.max(self, -Int.max) }
}
