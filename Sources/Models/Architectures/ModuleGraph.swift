import Graphs
import Operators
import Tensors

/// A graph in the making, module by module, each known by the name that PyTorch gives it.
///
/// A module's value is tapped under its name, and as the tensor `NAME.output`.
package struct ModuleGraph: ~Copyable {
  private(set) var parameters: [Blueprint.Parameter] = []
  private(set) var dropouts: [Blueprint.Dropout] = []
  private var builder = GraphBuilder()
  private let scheme: WeightScheme

  /// What torchvision's batch normalisations add to variances.
  private static let epsilon: Float = 1e-5

  init(_ scheme: WeightScheme) {
    self.scheme = scheme
  }

  /// The graph that gives one value.
  consuming func finish(_ output: Value) throws(GraphError) -> Graph {
    try builder.finish(outputs: [output])
  }

  /// The shape of a value; rows count as 1.
  func shape(of value: Value) -> Shape { builder.shape(of: value) }

  /// Declares the picture, `[1, 3, H, W]`.
  mutating func image(height: Int, width: Int) -> Value {
    let image = builder.input("input", [1, 3, height, width])
    builder.tap("input", image, kind: .tensor)
    return image
  }

  // MARK: - Modules with parameters

  /// A square convolution, padded so that a stride of 1 keeps the size.
  mutating func convolution(
    _ name: String, _ x: Value, channels: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
    hasBias: Bool = false
  ) throws(GraphError) -> Value {
    let shape: Shape = [channels, builder.shape(of: x)[1] / groups, kernel, kernel]
    var inputs = [x, parameter("\(name).weight", shape, scheme.filters.initialisation(shape))]
    if hasBias { inputs.append(parameter("\(name).bias", [channels], .constant(0))) }
    let window = Window(stride: stride, padding: kernel / 2)
    return try module(name, Conv2D(window: window, groups: groups), inputs)
  }

  /// A batch normalisation with its running statistics.
  mutating func batchNorm(_ name: String, _ x: Value) throws(GraphError) -> Value {
    let channels: Shape = [builder.shape(of: x)[1]]
    let parts: [(name: String, value: Float)] = [
      ("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1),
    ]
    var inputs = [x]
    for (part, value) in parts {
      inputs.append(parameter("\(name).\(part)", channels, .constant(value)))
    }
    return try module(name, BatchNorm(epsilon: Self.epsilon), inputs)
  }

  /// A linear layer over all numbers of a row.
  mutating func linear(_ name: String, _ x: Value, outputs: Int) throws(GraphError) -> Value {
    let count = builder.shape(of: x).row.elementCount
    let flat = try builder.add(Reshape([1, count]), [x])
    let rule = scheme.linear.initialisation([outputs, count])
    let weight = parameter("\(name).weight", [outputs, count], rule)
    let bias = parameter(
      "\(name).bias", [outputs], scheme.spreadsLinearBias ? rule : .constant(0))
    return try module(name, Linear(), [flat, weight, bias])
  }

  private mutating func parameter(
    _ name: String, _ shape: Shape, _ initialisation: Initialisation
  ) -> Value {
    let name = ParameterName(name)
    parameters.append(
      Blueprint.Parameter(name: name, shape: shape, initialisation: initialisation))
    return builder.parameter(name, shape)
  }

  // MARK: - Modules without

  /// An operator that is a module of its own.
  mutating func module(
    _ name: String, _ operation: some Operator, _ inputs: [Value]
  ) throws(GraphError) -> Value {
    let value = try tensor("\(name).output", operation, inputs)
    builder.tap(LayerName(name), value, kind: .module)
    return value
  }

  /// An operator inside of a module, known as a tensor only.
  mutating func tensor(
    _ name: String, _ operation: some Operator, _ inputs: [Value]
  ) throws(GraphError) -> Value {
    let value = try builder.add(operation, inputs)
    builder.tap(LayerName(name), value, kind: .tensor)
    return value
  }

  /// A rectifier that its module uses several times.
  mutating func relu(_ name: String, _ x: Value) throws(GraphError) -> Value {
    try tensor("\(name).output", ReLU(), [x])
  }

  /// An operator without a name.
  mutating func add(_ operation: some Operator, _ inputs: [Value]) throws(GraphError) -> Value {
    try builder.add(operation, inputs)
  }

  /// Names the module whose last value this is.
  mutating func name(_ name: String, _ value: Value) {
    builder.tap(LayerName(name), value, kind: .module)
  }

  /// Notes a dropout; the value stays what inference makes of it.
  mutating func dropout(_ name: String, _ value: Value, _ probability: Float) {
    dropouts.append(
      Blueprint.Dropout(name: LayerName(name), value: value, probability: probability))
  }
}
