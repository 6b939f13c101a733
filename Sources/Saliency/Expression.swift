import Graphs
import Operators
import Tensors

/// A number computed from the outputs of a network, where a target is no class: differences of
/// outputs, the mean of a region of a map, the largest score of a detector.
///
/// An expression is structure: two targets with the same expression share compiled plans, and one
/// that differs in a number or an index makes plans of its own. Values are flattened behind the
/// batch axis; numbers of one element meet any others, else both sides have equally many.
public indirect enum Expression: Sendable, Hashable {
  /// What is kept of one axis of an output.
  public enum Pick: Sendable, Hashable {
    /// One place; the axis is gone.
    case index(Int)
    /// The places from a first one up to before a last one; nil: to the end.
    case range(from: Int, to: Int?)

    /// The places of an axis of a length; nil where they do not lie within it.
    public func places(of length: Int) -> Range<Int>? {
      switch self {
      case .index(let place): return 0..<length ~= place ? place..<place + 1 : nil
      case .range(let first, let last):
        let end = last ?? length
        return first >= 0 && first < end && end <= length ? first..<end : nil
      }
    }
  }

  /// How many numbers become one.
  public enum Reduction: String, Sendable, Hashable, CaseIterable {
    /// The largest; the first one where several are, which takes the whole gradient.
    case maximum = "max"
    /// The mean.
    case mean
    /// The sum.
    case sum
  }

  /// How two numbers become one.
  public enum Operation: String, Sendable, Hashable, CaseIterable {
    /// a + b.
    case add = "+"
    /// a − b.
    case subtract = "-"
    /// a · b.
    case multiply = "*"
    /// a / b.
    case divide = "/"

    /// The result for two numbers.
    public func of(_ a: Float, _ b: Float) -> Float {
      switch self {
      case .add: a + b
      case .subtract: a - b
      case .multiply: a * b
      case .divide: a / b
      }
    }
  }

  /// A number.
  case number(Float)
  /// Part of an output of `Probe.network`: its place among them, and what is kept of each axis
  /// behind the batch axis; axes without a pick are kept whole.
  case output(Int, [Pick])
  /// Many numbers as one.
  case reduced(Expression, Reduction)
  /// Two expressions element by element.
  case combined(Expression, Operation, Expression)

  /// The places of the outputs that are read.
  public var outputs: Set<Int> {
    switch self {
    case .number: []
    case .output(let place, _): [place]
    case .reduced(let inner, _): inner.outputs
    case .combined(let left, _, let right): left.outputs.union(right.outputs)
    }
  }

  /// How many numbers the expression gives, from the shapes of the outputs without their batch
  /// axis.
  /// - Throws: `ExplanationError.unsuitable` where an output or index does not exist or two sides
  ///   do not fit.
  public func count(over shapes: [Shape]) throws(ExplanationError) -> Int {
    switch self {
    case .number: return 1
    case .output(let place, let picks):
      guard shapes.indices.contains(place) else {
        throw .unsuitable("output \(place): the network has \(shapes.count)")
      }
      let shape = shapes[place]
      guard picks.count <= shape.rank else {
        throw .unsuitable("\(picks.count) indices of an output that is \(shape)")
      }
      var count = shape.elementCount
      for (axis, pick) in picks.enumerated() {
        guard let places = pick.places(of: shape[axis]) else {
          throw .unsuitable(
            "the expression reads an index of axis \(axis + 1) of an output that is \(shape)")
        }
        count = count / shape[axis] * places.count
      }
      return count
    case .reduced(let inner, _):
      _ = try inner.count(over: shapes)
      return 1
    case .combined(let left, _, let right):
      let counts = (try left.count(over: shapes), try right.count(over: shapes))
      guard counts.0 == counts.1 || counts.0 == 1 || counts.1 == 1 else {
        throw .unsuitable("the expression combines \(counts.0) numbers with \(counts.1)")
      }
      return max(counts.0, counts.1)
    }
  }

  /// The value of the expression, `[T, n]`, or a constant where no output is read.
  func value(
    of outputs: [Value], in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    switch self {
    case .number(let number): return builder.constant(number)
    case .output(let place, let picks):
      guard outputs.indices.contains(place) else { throw .unsuitable("output \(place) is missing") }
      var value = outputs[place]
      for (axis, pick) in picks.enumerated() {
        let length = builder.shape(of: value)[axis + 1]
        guard let places = pick.places(of: length) else {
          throw .unsuitable("an index of axis \(axis + 1) of \(builder.shape(of: value).row)")
        }
        if places.count < length {
          value = try builder.add(Slice(axis: axis + 1, range: places), [value])
        }
      }
      let shape = builder.shape(of: value)
      let flat: Shape = [1, shape.elementCount]
      return shape == flat ? value : try builder.add(Reshape(flat), [value])
    case .reduced(let inner, let reduction):
      let value = try inner.value(of: outputs, in: &builder)
      guard builder.shape(of: value).elementCount > 1 else { return value }
      switch reduction {
      case .maximum: return try builder.add(ReduceMax(axes: [1], keepsAxes: true), [value])
      case .mean: return try builder.add(ReduceMean(axes: [1], keepsAxes: true), [value])
      case .sum: return try builder.add(ReduceSum(axes: [1], keepsAxes: true), [value])
      }
    case .combined(let left, let operation, let right):
      let sides = [
        try left.value(of: outputs, in: &builder), try right.value(of: outputs, in: &builder),
      ]
      switch operation {
      case .add: return try builder.add(Add(), sides)
      case .subtract: return try builder.add(Subtract(), sides)
      case .multiply: return try builder.add(Multiply(), sides)
      case .divide: return try builder.add(Divide(), sides)
      }
    }
  }
}
