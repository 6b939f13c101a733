import Graphs
import Operators
import Tensors

/// The networks of `Tools/reference/training_networks.py`, as graphs of inference.
struct SmallNetwork: Sendable {
  let graph: Graph
  /// The share of numbers that are dropped out, by value.
  let dropouts: [Value: Float]

  static let names = ["residual", "plain", "depthwise", "dense", "tiny"]

  /// A network by its name in the fixtures.
  init(_ name: String) throws {
    var modules = Modules()
    let x = modules.image(side: name == "tiny" ? 6 : 12)
    let logits =
      switch name {
      case "residual": try modules.residual(x)
      case "plain": try modules.plain(x)
      case "depthwise": try modules.depthwise(x)
      case "dense": try modules.dense(x)
      default: try modules.tiny(x)
      }
    dropouts = modules.dropouts
    graph = try modules.finish(logits)
  }
}

/// A graph in the making, module by module.
private struct Modules: ~Copyable {
  private(set) var dropouts: [Value: Float] = [:]
  private var graph = GraphBuilder()

  consuming func finish(_ logits: Value) throws -> Graph { try graph.finish(outputs: [logits]) }

  mutating func image(side: Int) -> Value { graph.input("image", [1, 3, side, side]) }

  private mutating func vector(_ name: String, _ count: Int) -> Value {
    graph.parameter(ParameterName(name), [count])
  }

  private mutating func conv(
    _ name: String, _ x: Value, _ outputs: Int, kernel: Int = 3, stride: Int = 1,
    groups: Int = 1, hasBias: Bool = false
  ) throws -> Value {
    let shape: Shape = [outputs, graph.shape(of: x)[1] / groups, kernel, kernel]
    var inputs = [x, graph.parameter(ParameterName("\(name).weight"), shape)]
    if hasBias { inputs.append(vector("\(name).bias", outputs)) }
    let window = Window(stride: stride, padding: kernel / 2)
    return try graph.add(Conv2D(window: window, groups: groups), inputs)
  }

  private mutating func norm(_ name: String, _ x: Value) throws -> Value {
    let channels = graph.shape(of: x)[1]
    var inputs = [x]
    for part in ["weight", "bias", "running_mean", "running_var"] {
      inputs.append(vector("\(name).\(part)", channels))
    }
    return try graph.add(BatchNorm(epsilon: 1e-5), inputs)
  }

  private mutating func relu(_ x: Value) throws -> Value { try graph.add(ReLU(), [x]) }

  private mutating func relu6(_ x: Value) throws -> Value {
    try graph.add(Clamp(lower: 0, upper: 6), [x])
  }

  private mutating func maxPool(
    _ x: Value, kernel: Int = 2, padding: Int = 0
  ) throws -> Value {
    let window = Window(stride: 2, padding: padding)
    return try graph.add(
      MaxPool(kernel: .init(kernel, kernel), window: window, ceilMode: false), [x])
  }

  private mutating func linear(_ name: String, _ x: Value, _ outputs: Int) throws -> Value {
    let count = graph.shape(of: x).row.elementCount
    let flat = try graph.add(Reshape([1, count]), [x])
    let weight = graph.parameter(ParameterName("\(name).weight"), [outputs, count])
    return try graph.add(Linear(), [flat, weight, vector("\(name).bias", outputs)])
  }

  private mutating func classify(_ x: Value, dropout: Float? = nil) throws -> Value {
    let pooled = try graph.add(GlobalAveragePool(), [x])
    dropouts[pooled] = dropout
    return try linear("fc", pooled, 5)
  }

  mutating func residual(_ image: Value) throws -> Value {
    let stem = try relu(norm("bn1", conv("conv1", image, 8)))
    var x = try maxPool(stem, kernel: 3, padding: 1)
    var y = try relu(norm("bn2", conv("conv2", x, 8)))
    y = try norm("bn3", conv("conv3", y, 8))
    x = try relu(graph.add(Add(), [y, x]))
    y = try relu(norm("bn4", conv("conv4", x, 17, stride: 2)))
    y = try norm("bn5", conv("conv5", y, 17))
    let short = try norm("bn6", conv("down", x, 17, kernel: 1, stride: 2))
    return try classify(relu(graph.add(Add(), [y, short])))
  }

  mutating func plain(_ image: Value) throws -> Value {
    var x = try maxPool(relu(norm("bn1", conv("conv1", image, 8, hasBias: true))))
    x = try maxPool(relu(norm("bn2", conv("conv2", x, 18, hasBias: true))))
    x = try relu(linear("fc1", x, 16))
    dropouts[x] = 0.5
    return try linear("fc2", x, 5)
  }

  mutating func depthwise(_ image: Value) throws -> Value {
    var x = try relu6(norm("bn1", conv("conv1", image, 16, stride: 2)))
    x = try relu6(norm("bn2", conv("conv2", x, 16, groups: 16)))
    x = try norm("bn3", conv("conv3", x, 12, kernel: 1))
    var y = try relu6(norm("bn4", conv("conv4", x, 24, kernel: 1)))
    y = try relu6(norm("bn5", conv("conv5", y, 24, groups: 24)))
    y = try norm("bn6", conv("conv6", y, 12, kernel: 1))
    x = try graph.add(Add(), [x, y])
    return try classify(relu6(norm("bn7", conv("conv7", x, 20, kernel: 1))), dropout: 0.2)
  }

  mutating func dense(_ image: Value) throws -> Value {
    var x = try maxPool(relu(norm("bn0", conv("conv0", image, 8))))
    for (inner, outer) in [(1, 2), (3, 4)] {
      var y = try conv("conv\(inner)", relu(norm("bn\(inner)", x)), 12, kernel: 1)
      y = try conv("conv\(outer)", relu(norm("bn\(outer)", y)), 8)
      x = try graph.add(Concat(axis: 1), [x, y])
    }
    x = try conv("conv5", relu(norm("bn5", x)), 12, kernel: 1)
    let pool = AveragePool(
      kernel: .init(2, 2), window: Window(stride: 2), ceilMode: false, countsPadding: true)
    x = try graph.add(pool, [x])
    let y = try conv("conv6", relu(norm("bn6", x)), 8)
    x = try graph.add(Concat(axis: 1), [x, y])
    return try classify(relu(norm("bn7", x)))
  }

  mutating func tiny(_ image: Value) throws -> Value {
    let x = try maxPool(relu(norm("bn1", conv("conv1", image, 4))))
    dropouts[x] = 0.5
    return try linear("fc", x, 3)
  }
}
