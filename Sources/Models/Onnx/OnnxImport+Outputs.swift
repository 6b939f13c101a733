import Graphs
import Operators
import Tensors

/// What the network gives: logits, with the function that the file ends in taken off.
extension OnnxImport {
  /// The outputs in the order of the file.
  mutating func outputs(_ plan: OnnxPlan) throws(ModelError) -> [Network.Output] {
    var outputs: [Network.Output] = []
    for name in plan.outputs {
      guard let operand = operands[name] else {
        throw .malformed(
          file: path, place: "output \(ModelError.short(name))", problem: "made by no node")
      }
      guard operand.computed != nil else { continue }
      let call = OnnxCall(
        node: OnnxNode(name: name, operatorName: "output", inputs: [name]), path: path, opset: opset
      )
      let value = try value(call, 0)
      guard hasRows(value) else { continue }
      outputs.append(try output(name, value, call))
    }
    guard !outputs.isEmpty else {
      throw .unsupported(
        file: path, problem: "no output depends on the input", remedy: "export it with its outputs")
    }
    return outputs
  }

  private mutating func output(
    _ name: String, _ value: Value, _ call: OnnxCall
  ) throws(ModelError) -> Network.Output {
    var (logits, terminal) = try stripped(value, call)
    let extents = shape(logits).extents
    let trailing = extents.dropFirst(2)
    // [N, K, 1, 1] is [N, K]; one number a row, [N], is [N, 1].
    if trailing.allSatisfy({ $0 == 1 }), extents.count != 2 {
      logits = try reshape(logits, [1, extents.count > 1 ? extents[1] : 1], call)
    }
    let classes = shape(logits).rank == 2 ? shape(logits)[1] : nil
    if classes == nil {
      // Without a list of classes there are no logits: the output stays as it is.
      (logits, terminal) = (value, .none)
    }
    return Network.Output(
      name: name, value: logits, fileValue: value, terminal: terminal, classCount: classes)
  }

  /// The value before the last Softmax, LogSoftmax or Sigmoid, through changes of shape.
  private mutating func stripped(
    _ value: Value, _ call: OnnxCall
  ) throws(ModelError) -> (Value, Network.Terminal) {
    var current = value
    while let (operation, inputs) = builder.operation(of: current) {
      switch operation {
      case is Reshape: current = inputs[0]
      case let softmax as Softmax where isOverClasses(softmax, shape(current)):
        return (try reshape(inputs[0], shape(value), call), .softmax)
      case is Sigmoid:
        return (try reshape(inputs[0], shape(value), call), .sigmoid)
      case is Logarithm:
        guard let (inner, logits) = builder.operation(of: inputs[0]),
          let softmax = inner as? Softmax, isOverClasses(softmax, shape(current))
        else { return (value, .none) }
        return (try reshape(logits[0], shape(value), call), .softmax)
      default: return (value, .none)
      }
    }
    return (value, .none)
  }

  private func isOverClasses(_ softmax: Softmax, _ shape: Shape) -> Bool {
    shape.elementCount == shape[softmax.axis]
  }

  /// Makes every tensor of the file known by its name, and the image as `input`; a tensor that the
  /// file keeps with its channels last is known with its channels first.
  mutating func tapTensors(_ plan: OnnxPlan, _ image: Image) {
    builder.tap(LayerName(plan.input.name), image.value, kind: .tensor)
    for node in plan.nodes {
      for name in node.outputs where !name.isEmpty {
        guard let value = operands[name]?.computed else { continue }
        builder.tap(LayerName(name), value, kind: .tensor)
      }
    }
    builder.tap("input", image.value, kind: .tensor)
  }

  /// Makes every module that the file states known by its path.
  mutating func tapModules(_ plan: OnnxPlan) {
    for (path, tensor) in ModulePaths(plan, operands).outputs {
      guard let value = operands[tensor]?.computed else { continue }
      builder.tap(LayerName(path), value, kind: .module)
    }
  }
}
