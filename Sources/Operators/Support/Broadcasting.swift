import Graphs
import Tensors

/// An operator that combines two tensors element by element, by the broadcasting rules of NumPy.
///
/// Axes are aligned at the end; an extent of 1 repeats. A side without rows has leading extent 1 or
/// a lower rank where the other has rows.
protocol BroadcastingOperator: Operator {
  /// The function.
  func value(_ a: Double, _ b: Double) -> Double
}

extension BroadcastingOperator {
  /// The common shape of a and b.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 2...2, takes: "a, b")
    let (a, b) = (inputs[0], inputs[1])
    let rank = max(a.rank, b.rank)
    var extents: [Int] = []
    for axis in 0..<rank {
      let own = a.extent(axis, ofRank: rank)
      let other = b.extent(axis, ofRank: rank)
      guard own == other || own == 1 || other == 1 else {
        throw ShapeError(Self.name, "\(a) and \(b) do not broadcast")
      }
      extents.append(max(own, other))
    }
    return try Self.sized(Shape(extents))
  }

  /// The function, element by element of the broadcast inputs.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let shape = checkedShape(inputs)
    let (a, b) = (inputs[0].broadcast(to: shape), inputs[1].broadcast(to: shape))
    return HostTensor(shape, zip(a.elements, b.elements).map(value))
  }
}

extension Shape {
  /// The extent of an axis after leading ones are put in front, up to a rank.
  func extent(_ axis: Int, ofRank target: Int) -> Int {
    axis < target - rank ? 1 : self[axis - (target - rank)]
  }
}

extension HostTensor {
  /// The tensor repeated to a shape that it broadcasts to.
  func broadcast(to target: Shape) -> HostTensor {
    guard shape != target else { return self }
    let strides = shape.strides
    let lead = target.rank - shape.rank
    return HostTensor(target) { flat in
      var rest = flat
      var index = 0
      for axis in stride(from: target.rank - 1, through: lead, by: -1) {
        let position = rest % target[axis]
        rest /= target[axis]
        if shape[axis - lead] > 1 { index += position * strides[axis - lead] }
      }
      return self[index]
    }
  }
}

extension GraphBuilder {
  /// Sums a value over the axes along which a smaller tensor was broadcast to its shape.
  ///
  /// This is the adjoint of broadcasting. Rows that the smaller tensor does not have are summed.
  mutating func sum(_ value: Value, to target: Value) throws(GraphError) -> Value {
    let wide = shape(of: value)
    let narrow = shape(of: target)
    let sumsRows = rows(of: value) != nil && rows(of: target) == nil
    let axes = wide.extents.indices.filter { axis in
      axis < wide.rank - narrow.rank
        || wide[axis] != narrow.extent(axis, ofRank: wide.rank) || (axis == 0 && sumsRows)
    }
    guard !axes.isEmpty else { return value }
    let sum = try add(ReduceSum(axes: axes, keepsAxes: true), [value])
    return wide.rank == narrow.rank ? sum : try add(Reshape(narrow), [sum])
  }

  /// A value times −1.
  mutating func negated(_ value: Value) throws(GraphError) -> Value {
    try add(Multiply(), [value, constant(-1)])
  }
}
