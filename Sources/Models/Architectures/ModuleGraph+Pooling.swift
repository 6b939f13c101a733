import Graphs
import Operators
import Tensors

extension ModuleGraph {
  /// The maximum of windows that are moved by their own stride.
  mutating func maxPool(
    _ name: String, _ x: Value, kernel: Int, stride: Int, padding: Int = 0
  ) throws(GraphError) -> Value {
    let pool = MaxPool(
      kernel: .init(kernel, kernel), window: Window(stride: stride, padding: padding),
      ceilMode: false)
    return try module(name, pool, [x])
  }

  /// The means of windows that lie side by side.
  package mutating func averagePool(
    _ x: Value, _ kernel: Window.Pair
  ) throws(GraphError) -> Value {
    var window = Window()
    window.stride = kernel
    let pool = AveragePool(kernel: kernel, window: window, ceilMode: false, countsPadding: true)
    return try add(pool, [x])
  }

  /// The means of `side` x `side` windows that cover a map of any size: PyTorch's
  /// `adaptive_avg_pool2d`.
  ///
  /// Window i of an axis of n places covers ⌊i·n/side⌋ ..< ⌈(i+1)·n/side⌉; windows overlap where n
  /// is no multiple of the side.
  package mutating func adaptiveAveragePool(_ x: Value, to side: Int) throws(GraphError) -> Value {
    let (height, width) = (shape(of: x)[2], shape(of: x)[3])
    if height.isMultiple(of: side), width.isMultiple(of: side) {
      let kernel = Window.Pair(height / side, width / side)
      return kernel == .init(1, 1) ? x : try averagePool(x, kernel)
    }
    return try means(of: means(of: x, along: 2, side), along: 3, side)
  }

  private mutating func means(
    of x: Value, along axis: Int, _ count: Int
  ) throws(GraphError) -> Value {
    let extent = shape(of: x)[axis]
    var parts: [Value] = []
    for place in 0..<count {
      let range = place * extent / count..<((place + 1) * extent + count - 1) / count
      let part = try add(Slice(axis: axis, range: range), [x])
      parts.append(try add(ReduceMean(axes: [axis], keepsAxes: true), [part]))
    }
    return try add(Concat(axis: axis), parts)
  }
}
