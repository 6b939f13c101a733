import Graphs
import Operators
import Tensors

extension Network {
  /// A place of the network where activations are taken.
  public struct Layer: Sendable, Hashable {
    /// The name that was asked for, or found.
    public let name: LayerName
    /// The value that is taken.
    public let value: Value
    /// The name of the tensor that is taken, in the file.
    public let tensor: String
    /// Its shape, rows counted as 1.
    public let shape: Shape
  }

  /// Every name that can be asked for, in the order of the file: tensors, then modules.
  public var layers: [Layer] { graph.taps.map { layer($0.name, $0.value) } }

  /// The layer of a name.
  ///
  /// A module path gives the value of the module, after the non-linearity that directly follows it
  /// where nothing else reads it; a tensor name gives exactly that tensor. Where one name is both,
  /// it is the module.
  /// - Parameter name: a module path, a tensor name, or `input`.
  /// - Returns: the layer, with the name of the tensor that is taken.
  /// - Throws: `ModelError.unknownLayer` with the nearest names.
  public func layer(named name: String) throws(ModelError) -> Layer {
    let matches = graph.taps.filter { $0.name.text == name }
    if let module = matches.first(where: { $0.kind == .module }) {
      return layer(module.name, afterNonlinearity(module.value))
    }
    if let tensor = matches.first { return layer(tensor.name, tensor.value) }
    throw .unknownLayer(name: name, nearest: nearest(to: name))
  }

  /// The layer that is taken where none is named: the value after the non-linearity that follows
  /// the last convolution or residual addition, before pooling.
  ///
  /// It is found on the graph alone: the last value before the logits that is an image of more than
  /// one place and no pooling, reshaping or slice of one. Its name is the innermost module that has
  /// modules inside and gives this value, else the innermost that gives it; else such a module whose
  /// value becomes this one by the non-linearity that follows; else the tensor.
  ///
  /// Where an output is a map itself, as of segmentation, the last convolution that makes its scores
  /// counts as part of it, with the resizing behind it: what it reads is searched.
  /// - Parameter outputs: what the layer must lead to, all of it; empty: the logits.
  /// - Returns: the layer.
  /// - Throws: `ModelError.noLayer` where the network has no such value.
  public func automaticLayer(for outputs: [Value] = []) throws(ModelError) -> Layer {
    let roots = outputs.isEmpty ? [logits.value] : outputs
    let ends = roots.map(beforeMap)
    let needed = ends.map { graph.with(outputs: [$0]).liveness }
    let candidate = graph.nodes.last { node in
      guard node.rows != nil, node.shape.rank == 4, node.shape[2] * node.shape[3] > 1,
        needed.allSatisfy({ $0.isNeeded(node.value) }), !roots.contains(node.value),
        let operation = node.operation
      else { return false }
      return !Self.isMoving(operation)
    }
    guard let candidate else {
      throw .noLayer(reason: "no layer of this network gives an image of activations")
    }
    return layer(name(of: candidate.value), candidate.value)
  }

  /// What the last convolution of a map reads, where a value is a map; else the value itself.
  private func beforeMap(_ value: Value) -> Value {
    guard graph[value].shape.rank > 2 else { return value }
    var current = value
    while let operation = graph[current].operation, let first = graph[current].inputs.first {
      switch operation {
      case is Conv2D: return graph[first].operation == nil ? value : first
      case is Reshape, is Transpose, is Slice, is ResizeBilinear, is Softmax, is Sigmoid,
        is BatchNorm:
        current = first
      case is Add where graph[current].inputs.dropFirst().allSatisfy({ graph[$0].rows == nil }):
        current = first
      default: return value
      }
    }
    return value
  }

  // MARK: - Names

  private func name(of value: Value) -> LayerName {
    let before = graph[value].inputs.filter { afterNonlinearity($0) == value }
    return moduleName(of: [value]) ?? moduleName(of: before) ?? LayerName(tensorName(of: value))
  }

  /// The innermost module with modules inside that gives one of the values, else the innermost.
  private func moduleName(of values: [Value]) -> LayerName? {
    let modules = graph.taps.filter { $0.kind == .module }
    let paths = modules.filter { values.contains($0.value) }.map(\.name)
    let parents = paths.filter { path in
      modules.contains { $0.name.text.hasPrefix(path.text + ".") }
    }
    let depth = { (path: LayerName) in path.text.utf8.count }
    return parents.max { depth($0) < depth($1) } ?? paths.max { depth($0) < depth($1) }
  }

  private func tensorName(of value: Value) -> String {
    graph.taps.first { $0.value == value && $0.kind == .tensor }?.name.text
      ?? graph.describe(value)
  }

  private func layer(_ name: LayerName, _ value: Value) -> Layer {
    Layer(name: name, value: value, tensor: tensorName(of: value), shape: graph[value].shape)
  }

  /// The names that differ least from a wrong one, at most three.
  private func nearest(to name: String) -> [String] {
    guard name.utf8.count <= 200 else { return [] }
    var seen: Set<String> = []
    let distances = graph.taps.compactMap { tap -> (distance: Int, isTensor: Bool, name: String)? in
      guard tap.name.text.utf8.count <= 200, seen.insert(tap.name.text).inserted else { return nil }
      return (Self.distance(name, tap.name.text), tap.kind == .tensor, tap.name.text)
    }
    return distances.filter { $0.distance <= max(2, name.utf8.count / 2) }
      .sorted {
        ($0.distance, $0.isTensor ? 1 : 0, $0.name) < ($1.distance, $1.isTensor ? 1 : 0, $1.name)
      }
      .prefix(3).map(\.name)
  }

  /// Levenshtein's distance over bytes.
  static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let cost = min(diagonal + (a[i] == b[j] ? 0 : 1), row[j] + 1, row[j + 1] + 1)
        diagonal = row[j + 1]
        row[j + 1] = cost
      }
    }
    return row[b.count]
  }

  // MARK: - Operators

  /// The value after the non-linearity that alone reads this one, else the value itself.
  private func afterNonlinearity(_ value: Value) -> Value {
    let live = graph.liveness
    let readers = graph.consumers(of: value).filter { live.isNeeded($0.value) }
    guard readers.count == 1, !graph.outputs.contains(value),
      let operation = readers[0].operation, Self.isNonlinearity(operation)
    else { return value }
    return readers[0].value
  }

  private static func isNonlinearity(_ operation: any Operator) -> Bool {
    switch operation {
    case is ReLU, is Clamp, is SiLU, is Sigmoid, is HardSwish, is HardSigmoid: true
    default: false
    }
  }

  /// Whether an operator pools or moves elements, so that its output is no layer of its own.
  private static func isMoving(_ operation: any Operator) -> Bool {
    switch operation {
    case is MaxPool, is AveragePool, is GlobalAveragePool, is ReduceMean, is ReduceMax,
      is ReduceMin, is ReduceSum, is Reshape, is Transpose, is Slice, is Pad:
      true
    default: false
    }
  }
}
