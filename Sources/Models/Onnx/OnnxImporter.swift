import Graphs
import Operators
import Tensors

/// Turns an ONNX file into a network: constants folded, names kept, every shape checked.
public enum OnnxImporter {
  /// The operators that can be imported, sorted.
  public static let supportedOperators: [String] = OnnxImport.handlers.keys.sorted()

  /// Imports a file.
  /// - Parameters:
  ///   - file: the ONNX file.
  ///   - size: height and width of the pictures where the file leaves them open; 224 by default.
  ///   - externalDataFolder: where weight files lie that are not beside the model.
  /// - Returns: the network with one image input `[1, C, H, W]`.
  /// - Throws: `ModelError`, one line on what is wrong or not supported.
  public static func network(
    _ file: MappedFile, size: (height: Int, width: Int)? = nil, externalDataFolder: String? = nil
  ) throws(ModelError) -> Network {
    let model = try OnnxDecoder.decode(file)
    guard model.opset >= 7 else {
      throw .unsupported(
        file: file.path, problem: "operator set \(model.opset) is older than 7",
        remedy: "export it again with opset_version=17")
    }
    let plan = try OnnxPlan(model.graph, path: file.path)
    var state = OnnxImport(path: file.path, opset: model.opset)
    var reader = OnnxWeights(file.path, externalDataFolder: externalDataFolder)
    try state.declareWeights(plan, &reader)
    let image = try state.declareInput(plan, size)
    try state.importNodes(plan, &reader)
    let outputs = try state.outputs(plan)
    state.tapTensors(plan, image)
    state.tapModules(plan)
    let weights = state.weights
    let notes = state.notes + Self.notes(on: outputs) + Self.notes(on: weights)
    let graph: Graph
    do throws(GraphError) {
      graph = try state.finish(outputs.map(\.value))
    } catch {
      throw .unsupported(
        file: file.path, problem: "\(error)", remedy: "export the network with its outputs")
    }
    return Network(
      graph: graph, weights: weights, outputs: outputs, isSizeFixed: image.isSizeFixed,
      metadata: model.metadata, producer: model.producer, notes: notes)
  }
}

extension OnnxImporter {
  /// Which of several outputs is explained.
  private static func notes(on outputs: [Network.Output]) -> [String] {
    guard outputs.count > 1, let taken = Network.logits(of: outputs) else { return [] }
    let others = outputs.filter { $0 != taken }.prefix(4).map { ModelError.short($0.name) }
    return [
      "of \(outputs.count) outputs \(ModelError.short(taken.name)) is explained, the first with "
        + "classes; not \(others.joined(separator: ", "))"
    ]
  }

  /// Which weights are stored in another type than they are computed in.
  private static func notes(on weights: [ParameterName: any WeightSource]) -> [String] {
    let types = Set(weights.values.compactMap(ScalarEncoding.init(of:)))
    let others = types.filter { [.float16, .bfloat16, .float64].contains($0) }
    guard !others.isEmpty else { return [] }
    let names = others.map(\.rawValue).sorted().joined(separator: ", ")
    return ["weights stored as \(names) are computed in fp32"]
  }
}

/// The part of a graph that its outputs need, with its names checked.
struct OnnxPlan {
  let path: String
  /// The nodes that the outputs need, in the order of the file.
  let nodes: [OnnxNode]
  /// The stored tensors by name.
  let initializers: [String: OnnxTensor]
  /// The one input that is no stored tensor.
  let input: OnnxValueInfo
  let outputs: [String]

  init(_ graph: OnnxGraph, path: String) throws(ModelError) {
    let malformed = { (place: String, problem: String) in
      ModelError.malformed(file: path, place: place, problem: problem)
    }
    var initializers: [String: OnnxTensor] = [:]
    for tensor in graph.initializers {
      guard initializers.updateValue(tensor, forKey: tensor.name) == nil else {
        throw malformed("tensor \(ModelError.short(tensor.name))", "stored twice")
      }
    }
    var makers: [String: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard initializers[output] == nil, makers.updateValue(index, forKey: output) == nil else {
          throw malformed("tensor \(ModelError.short(output))", "made twice")
        }
      }
    }
    let outputs = graph.outputs.map(\.name)
    var needed = [Bool](repeating: false, count: graph.nodes.count)
    var read: Set<String> = []
    var names = outputs
    while let name = names.popLast() {
      guard read.insert(name).inserted, let maker = makers[name], !needed[maker] else { continue }
      needed[maker] = true
      names += graph.nodes[maker].inputs
    }
    let inputs = graph.inputs.filter { initializers[$0.name] == nil && read.contains($0.name) }
    guard let input = inputs.first, inputs.count == 1, makers[input.name] == nil else {
      let list = inputs.prefix(4).map { ModelError.short($0.name) }.joined(separator: ", ")
      throw .unsupported(
        file: path,
        problem: inputs.isEmpty ? "its outputs use no input" : "\(inputs.count) inputs: \(list)",
        remedy: "export a network of one image input")
    }
    self.path = path
    self.nodes = graph.nodes.indices.filter { needed[$0] }.map { graph.nodes[$0] }
    self.initializers = initializers
    self.input = input
    self.outputs = outputs
  }
}

extension OnnxImport {
  /// The image input as the file states it.
  struct Image {
    var value: Value
    var isSizeFixed: Bool
  }

  /// Makes every stored tensor that a node reads known under its name.
  mutating func declareWeights(
    _ plan: OnnxPlan, _ reader: inout OnnxWeights
  ) throws(ModelError) {
    for node in plan.nodes {
      for name in node.inputs where operands[name] == nil {
        guard let tensor = plan.initializers[name] else { continue }
        operands[name] = .weight(name: name, try reader.source(tensor))
      }
    }
  }

  /// Declares the image input for the size of the file, or for the one that is asked for.
  mutating func declareInput(
    _ plan: OnnxPlan, _ size: (height: Int, width: Int)?
  ) throws(ModelError) -> Image {
    let input = plan.input
    let refuse = { (problem: String, remedy: String) in
      ModelError.unsupported(
        file: plan.path, problem: "input \(ModelError.short(input.name)) \(problem)",
        remedy: remedy)
    }
    guard [1, 10, 11, 16].contains(input.dataType) else {
      throw refuse(
        "is of \(ScalarEncoding.name(ofOnnxType: input.dataType)), no image of floats",
        "export a network that takes images as floats")
    }
    guard let extents = input.extents, extents.count == 4 else {
      throw refuse("is no image [N, C, H, W]", "export a network that takes images")
    }
    let limits = 1...65_536
    var numbers: [Int?] = []
    for extent in extents {
      guard case .fixed(let number) = extent else {
        numbers.append(nil)
        continue
      }
      guard limits ~= number else {
        throw refuse("has an extent of \(number)", "export it again")
      }
      numbers.append(number)
    }
    let isLarge = { (number: Int?) in number.map { $0 > 4 } ?? true }
    // Keras keeps the channels last: such an image is an image [N, C, H, W], turned round.
    let isTurned =
      (numbers[3].map { $0 <= 4 } ?? false) && isLarge(numbers[1]) && isLarge(numbers[2])
    if isTurned { numbers = [numbers[0], numbers[3], numbers[1], numbers[2]] }
    guard let channels = numbers[1] else {
      throw refuse("states no number of channels", "export it with a fixed number of channels")
    }
    fileBatch = numbers[0] ?? 1
    let height = numbers[2] ?? size?.height ?? 224
    let width = numbers[3] ?? size?.width ?? 224
    if let size, size.height != height || size.width != width {
      throw refuse(
        "fixes \(height)x\(width), not \(size.height)x\(size.width)",
        "leave --size out, or export with dynamic height and width")
    }
    guard limits ~= height, limits ~= width else {
      throw refuse("of size \(height)x\(width)", "give a size of 1 to 65536")
    }
    let value = builder.input(input.name, [1, channels, height, width])
    operands[input.name] = isTurned ? .transposed(value, permutation: [0, 2, 3, 1]) : .value(value)
    return Image(value: value, isSizeFixed: numbers[2] != nil && numbers[3] != nil)
  }

  /// Imports every node in the order of the file.
  mutating func importNodes(_ plan: OnnxPlan, _ reader: inout OnnxWeights) throws(ModelError) {
    for node in plan.nodes {
      let call = OnnxCall(node: node, path: path, opset: opset)
      guard node.isDefaultDomain, let handler = Self.handlers[node.operatorName] else {
        throw call.unsupported()
      }
      let results = try handler(&self, call, &reader)
      for (name, operand) in zip(node.outputs, results) where !name.isEmpty {
        operands[name] = operand
      }
    }
  }

  /// The finished graph.
  consuming func finish(_ outputs: [Value]) throws(GraphError) -> Graph {
    try builder.finish(outputs: outputs)
  }
}
