import Graphs
import Operators
import Tensors

/// The architecture of the bundled models: a small residual network with batch-norm.
///
/// conv1, bn1, ReLU; layer1 to layer3 of residual blocks, each of which halves the picture in its
/// first block; global average pooling; fc. The total stride is 16: 8x8 places at the tap for
/// pictures of 128x128. Widths, blocks and classes are those of the weights.
struct ScenesNetwork: ~Copyable {
  /// What `__metadata__` calls it under `arch`.
  static let name = "salient-scenes"

  private let path: String
  private let stored: [ParameterName: any WeightSource]
  private var used: [ParameterName: any WeightSource] = [:]
  private var builder = GraphBuilder()

  private static let epsilon: Float = 1e-5
  private static let side = 128
  private static let blockLimit = 16

  private init(_ file: SafetensorsFile) {
    path = file.path
    stored = file.weights
  }

  /// The network with the weights of a file.
  ///
  /// - Parameters:
  ///   - file: the weights, named as PyTorch's `state_dict` does.
  ///   - size: height and width of the pictures; 128x128 by default.
  /// - Returns: the network; its layers are the modules, `layer3.1`, and what they give,
  ///   `layer3.1.output`.
  /// - Throws: `ModelError.malformed` where a weight is missing, left over or of another shape.
  static func network(
    _ file: SafetensorsFile, size: (height: Int, width: Int)? = nil
  ) throws(ModelError) -> Network {
    let (height, width) = size ?? (side, side)
    guard (16...16_384).contains(height), (16...16_384).contains(width) else {
      throw .unsupported(
        file: file.path, problem: "pictures of \(height)x\(width)",
        remedy: "give a size from 16 to 16384")
    }
    var network = ScenesNetwork(file)
    let image = network.builder.input("input", [1, 3, height, width])
    network.builder.tap("input", image, kind: .tensor)
    let logits = try network.logits(image)
    let weights = network.used
    if let surplus = file.names.first(where: { weights[$0] == nil }) {
      throw network.malformed(surplus, "belongs to no module of \(name)")
    }
    let graph = try network.finish(logits)
    let output = Network.Output(
      name: "logits", value: logits, fileValue: logits, terminal: .none,
      classCount: graph[logits].shape[1])
    return Network(
      graph: graph, weights: weights, outputs: [output], isSizeFixed: false,
      metadata: file.metadata, producer: "salient", notes: [])
  }

  private mutating func logits(_ image: Value) throws(ModelError) -> Value {
    var x = try convolution("conv1", image, stride: 2)
    x = try relu("relu", try batchNorm("bn1", x))
    var layer = 1
    while stored[ParameterName("layer\(layer).0.conv1.weight")] != nil {
      guard layer <= Self.blockLimit else { throw malformed("layer\(layer)", "is one too many") }
      x = try stage("layer\(layer)", x)
      layer += 1
    }
    let pooled = try add("avgpool", GlobalAveragePool(), [x])
    tap("avgpool", pooled)
    let channels = builder.shape(of: pooled)[1]
    let flat = try add("flatten", Reshape([1, channels]), [pooled])
    let classes = try shape(of: "fc.bias", rank: 1)[0]
    let logits = try add(
      "fc", Linear(),
      [
        flat, try parameter("fc.weight", [classes, channels]), try parameter("fc.bias", [classes]),
      ])
    tap("fc", logits)
    return logits
  }

  /// Some blocks; the first halves the picture.
  private mutating func stage(_ name: String, _ input: Value) throws(ModelError) -> Value {
    var x = input
    var block = 0
    while stored[ParameterName("\(name).\(block).conv1.weight")] != nil {
      guard block < Self.blockLimit else { throw malformed("\(name).\(block)", "is one too many") }
      x = try residual("\(name).\(block)", x, stride: block == 0 ? 2 : 1)
      block += 1
    }
    builder.tap(LayerName(name), x, kind: .module)
    return x
  }

  private mutating func residual(
    _ name: String, _ input: Value, stride: Int
  ) throws(ModelError) -> Value {
    var x = try convolution("\(name).conv1", input, stride: stride)
    x = try relu("\(name).relu", try batchNorm("\(name).bn1", x))
    x = try batchNorm("\(name).bn2", try convolution("\(name).conv2", x, stride: 1))
    var beside = input
    if stored[ParameterName("\(name).downsample.0.weight")] != nil {
      beside = try convolution("\(name).downsample.0", input, stride: stride)
      beside = try batchNorm("\(name).downsample.1", beside)
      builder.tap(LayerName("\(name).downsample"), beside, kind: .module)
    }
    let sum = try add(name, Add(), [x, beside])
    builder.tap(LayerName("\(name).add.output"), sum, kind: .tensor)
    let output = try add(name, ReLU(), [sum])
    tap(name, output)
    return output
  }

  // MARK: - Modules

  /// A square convolution without bias, padded so that a stride of 1 keeps the size.
  private mutating func convolution(
    _ name: String, _ x: Value, stride: Int
  ) throws(ModelError) -> Value {
    let weight = try shape(of: "\(name).weight", rank: 4)
    let extent = weight[2]
    guard extent == weight[3], extent % 2 == 1, weight[1] == builder.shape(of: x)[1] else {
      throw malformed("\(name).weight", "is \(weight) for an input of \(builder.shape(of: x))")
    }
    var window = Window()
    window.stride = .init(stride, stride)
    window.paddingBefore = .init(extent / 2, extent / 2)
    window.paddingAfter = .init(extent / 2, extent / 2)
    let y = try add(
      name, Conv2D(window: window, groups: 1), [x, try parameter("\(name).weight", weight)])
    tap(name, y)
    return y
  }

  private mutating func batchNorm(_ name: String, _ x: Value) throws(ModelError) -> Value {
    let channels: Shape = [builder.shape(of: x)[1]]
    var inputs = [x]
    for part in ["weight", "bias", "running_mean", "running_var"] {
      inputs.append(try parameter("\(name).\(part)", channels))
    }
    let y = try add(name, BatchNorm(epsilon: Self.epsilon), inputs)
    tap(name, y)
    return y
  }

  private mutating func relu(_ name: String, _ x: Value) throws(ModelError) -> Value {
    let y = try add(name, ReLU(), [x])
    builder.tap(LayerName("\(name).output"), y, kind: .tensor)
    return y
  }

  // MARK: - Weights, nodes, names

  private func shape(of name: String, rank: Int) throws(ModelError) -> Shape {
    guard let shape = stored[ParameterName(name)]?.shape else {
      throw malformed(name, "is missing")
    }
    guard shape.rank == rank, shape.extents.allSatisfy({ $0 > 0 }) else {
      throw malformed(name, "is \(shape), not of rank \(rank)")
    }
    return shape
  }

  private mutating func parameter(_ name: String, _ shape: Shape) throws(ModelError) -> Value {
    let key = ParameterName(name)
    guard let source = stored[key] else { throw malformed(name, "is missing") }
    guard source.shape == shape else { throw malformed(name, "is \(source.shape), not \(shape)") }
    used[key] = source
    return builder.parameter(key, shape)
  }

  private mutating func add(
    _ name: String, _ operation: some Operator, _ inputs: [Value]
  ) throws(ModelError) -> Value {
    do throws(GraphError) {
      return try builder.add(operation, inputs)
    } catch {
      throw malformed(name, "\(error)")
    }
  }

  /// A module and the tensor that it gives.
  private mutating func tap(_ name: String, _ value: Value) {
    builder.tap(LayerName("\(name).output"), value, kind: .tensor)
    builder.tap(LayerName(name), value, kind: .module)
  }

  private consuming func finish(_ logits: Value) throws(ModelError) -> Graph {
    let path = path
    do throws(GraphError) {
      return try builder.finish(outputs: [logits])
    } catch {
      throw .malformed(file: path, place: "fc", problem: "\(error)")
    }
  }

  private func malformed(_ name: some CustomStringConvertible, _ problem: String) -> ModelError {
    .malformed(file: path, place: "tensor \(ModelError.short("\(name)"))", problem: problem)
  }
}
