import Graphs
import Tensors

/// An operator that computes one number from all elements along some axes.
protocol ReducingOperator: Operator {
  /// The axes that are reduced, ascending.
  var axes: [Int] { get }
  /// Whether reduced axes stay, with extent 1.
  var keepsAxes: Bool { get }
  /// What is wrong with the other parameters, or nil.
  var complaint: String? { get }

  /// The number computed from the elements, which stand in row-major order of the reduced axes.
  func value(_ elements: [Double]) -> Double
}

extension ReducingOperator {
  /// Nothing: most have only axes.
  var complaint: String? { nil }

  /// The shape of x with the reduced axes dropped, or of extent 1.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...1, takes: "x")
    if let complaint { throw ShapeError(Self.name, complaint) }
    guard !axes.isEmpty, zip(axes, axes.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw ShapeError(Self.name, "axes \(axes) are empty or not ascending")
    }
    for axis in axes { try Self.check(axis: axis, of: inputs[0]) }
    return keepsAxes ? inputs[0].keeping(axes) : inputs[0].dropping(axes)
  }

  /// The rows of x, or none where they are reduced.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    axes.contains(0) ? nil : inputs.first ?? nil
  }

  /// The number computed from each list of elements that share their place along the other axes.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let lists = inputs[0].shape.indices(reducing: axes)
    return HostTensor(
      checkedShape(inputs), lists.map { list in value(list.map { inputs[0][$0] }) })
  }

  /// One operation for each element of x.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: inputs[0].elementCount)
  }
}

extension Shape {
  /// The shape with extent 1 along some axes.
  func keeping(_ axes: [Int]) -> Shape {
    Shape(extents.indices.map { axes.contains($0) ? 1 : extents[$0] })
  }

  /// The shape without some axes.
  func dropping(_ axes: [Int]) -> Shape {
    Shape(extents.indices.filter { !axes.contains($0) }.map { extents[$0] })
  }

  /// For each place along the other axes, the flat indices of the elements along the reduced axes.
  ///
  /// Both the lists and the indices in each are in row-major order.
  func indices(reducing axes: [Int]) -> [[Int]] {
    let kept = keeping(axes)
    let strides = kept.strides
    var lists = [[Int]](repeating: [], count: kept.elementCount)
    for flat in 0..<elementCount {
      var rest = flat
      var place = 0
      for axis in extents.indices.reversed() {
        let position = rest % extents[axis]
        rest /= extents[axis]
        if !axes.contains(axis) { place += position * strides[axis] }
      }
      lists[place].append(flat)
    }
    return lists
  }
}

extension GraphBuilder {
  /// A reduced value with the reduced axes of `x` back in place, of extent 1.
  mutating func restoringAxes(
    _ reduced: Value, _ axes: [Int], of x: Value
  ) throws(GraphError) -> Value {
    let kept = shape(of: x).keeping(axes)
    return shape(of: reduced) == kept ? reduced : try add(Reshape(kept), [reduced])
  }

  /// The adjoint of a mean over some axes of `x`: dy / n, repeated along them.
  ///
  /// Where rows are reduced, n is counted when the graph runs.
  mutating func spreadMean(
    _ upstream: Value, _ axes: [Int], of x: Value
  ) throws(GraphError) -> Value {
    let shape = shape(of: x)
    var count = constant(Float(axes.map { shape[$0] }.reduce(1, *)))
    if axes.contains(0), rows(of: x) != nil {
      let keepsAxes = self.shape(of: upstream).rank == shape.rank
      count = try add(ReduceSum(axes: axes, keepsAxes: keepsAxes), [add(Ones(), [x])])
    }
    let share = try add(Divide(), [upstream, count])
    return try add(Broadcast(), [restoringAxes(share, axes, of: x), x])
  }

  /// A reduced value, put at one place along the reduced axes of `x` and 0 elsewhere.
  /// - Parameters:
  ///   - reduced: the value, with the reduced axes kept.
  ///   - positions: flat row-major indices over the axes, in the shape of `reduced`.
  ///   - axes: the reduced axes.
  ///   - x: the tensor whose shape the result has.
  /// - Returns: a tensor in the shape of `x`.
  /// - Throws: `GraphError.unsuitable` where the axes include rows, whose number is not known.
  mutating func scatter(
    _ reduced: Value, at positions: Value, along axes: [Int], of x: Value
  ) throws(GraphError) -> Value {
    guard !axes.contains(0) || rows(of: x) == nil else {
      throw .unsuitable("the derivative of an extremum over rows is not available")
    }
    let full = shape(of: x)
    let kept = full.extents.indices.filter { !axes.contains($0) }
    let depth = axes.map { full[$0] }.reduce(1, *)
    let index = try add(Reshape(Shape(kept.map { full[$0] } + [1])), [positions])
    let marks = try add(OneHot(depth: depth), [index])
    let order = kept + axes
    var mask = try add(Reshape(Shape(order.map { full[$0] })), [marks])
    if order != Array(full.extents.indices) {
      let permutation = full.extents.indices.map { order.firstIndex(of: $0) ?? 0 }
      mask = try add(Transpose(permutation), [mask])
    }
    return try add(Multiply(), [mask, reduced])
  }
}
