import Graphs
import Operators
import Tensors

/// Convolutions, poolings and linear layers.
extension OnnxImport {
  private static let limits = 0...(1 << 20)

  /// `Conv` over two spatial axes.
  mutating func convolution(_ call: OnnxCall) throws(ModelError) -> Value {
    let x = try value(call, 0)
    let w = try value(call, 1)
    guard shape(x).rank == 4, shape(w).rank == 4 else {
      throw call.unsupported("it has \(shape(x).rank - 2) spatial axes, not 2")
    }
    let kernel = Window.Pair(shape(w)[2], shape(w)[3])
    if let stated = try call.integers("kernel_shape"), stated != [kernel.height, kernel.width] {
      throw call.malformed("kernel_shape \(stated.prefix(4)) for weights \(shape(w))")
    }
    let groups = try call.integer("group") ?? 1
    guard 1...(1 << 30) ~= groups else { throw call.malformed("\(groups) groups") }
    let window = try window(call, kernel, over: shape(x))
    var inputs = [x, w]
    if call.input(2) != nil { inputs.append(try value(call, 2)) }
    return try add(Conv2D(window: window, groups: groups), inputs, call)
  }

  /// `MaxPool`, its first output.
  mutating func maxPool(_ call: OnnxCall) throws(ModelError) -> Value {
    let (x, kernel, window, ceilMode) = try pooling(call)
    return try add(MaxPool(kernel: kernel, window: window, ceilMode: ceilMode), [x], call)
  }

  /// `AveragePool`, with PyTorch's rules for the last window.
  mutating func averagePool(_ call: OnnxCall) throws(ModelError) -> Value {
    let (x, kernel, window, ceilMode) = try pooling(call)
    let operation = AveragePool(
      kernel: kernel, window: window, ceilMode: ceilMode,
      countsPadding: try call.flag("count_include_pad"))
    return try add(operation, [x], call)
  }

  private mutating func pooling(
    _ call: OnnxCall
  ) throws(ModelError) -> (Value, Window.Pair, Window, Bool) {
    let x = try value(call, 0)
    guard shape(x).rank == 4 else {
      throw call.unsupported("it has \(shape(x).rank - 2) spatial axes, not 2")
    }
    guard let extents = try call.integers("kernel_shape"), extents.count == 2,
      extents.allSatisfy({ 1...(1 << 20) ~= $0 })
    else { throw call.malformed("no kernel_shape of two extents") }
    let kernel = Window.Pair(extents[0], extents[1])
    let window = try window(call, kernel, over: shape(x))
    return (x, kernel, window, try call.flag("ceil_mode"))
  }

  /// `GlobalAveragePool` and `GlobalMaxPool` over the two spatial axes.
  mutating func globalPool(_ call: OnnxCall, maximum: Bool) throws(ModelError) -> Value {
    let x = try value(call, 0)
    guard shape(x).rank == 4 else {
      throw call.unsupported("it has \(shape(x).rank - 2) spatial axes, not 2")
    }
    if maximum { return try add(ReduceMax(axes: [2, 3], keepsAxes: true), [x], call) }
    return try add(GlobalAveragePool(), [x], call)
  }

  /// Strides, dilations and paddings; `auto_pad` is worked out for the size of the image.
  private func window(
    _ call: OnnxCall, _ kernel: Window.Pair, over image: Shape
  ) throws(ModelError) -> Window {
    let limits = Self.limits
    let strides = try call.integers("strides", count: 2, in: limits, default: 1)
    let dilations = try call.integers("dilations", count: 2, in: limits, default: 1)
    guard (strides + dilations).allSatisfy({ $0 > 0 }),
      limits ~= kernel.height, limits ~= kernel.width
    else { throw call.malformed("a stride, dilation or kernel is out of range") }
    var pads = try call.integers("pads", count: 4, in: limits, default: 0)
    let mode = try call.text("auto_pad") ?? "NOTSET"
    switch mode {
    case "NOTSET", "": break
    case "VALID": pads = [0, 0, 0, 0]
    case "SAME_UPPER", "SAME_LOWER":
      for (axis, size) in [kernel.height, kernel.width].enumerated() {
        let extent = image[axis + 2]
        let count = (extent + strides[axis] - 1) / strides[axis]
        let needed = (count - 1) * strides[axis] + (size - 1) * dilations[axis] + 1
        let total = max(needed - extent, 0)
        pads[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
        pads[axis + 2] = total - pads[axis]
      }
    default: throw call.malformed("auto_pad \(ModelError.short(mode))")
    }
    var window = Window()
    window.stride = .init(strides[0], strides[1])
    window.dilation = .init(dilations[0], dilations[1])
    window.paddingBefore = .init(pads[0], pads[1])
    window.paddingAfter = .init(pads[2], pads[3])
    return window
  }

  // MARK: - Linear layers

  /// `Gemm`: y = alpha · A · B + beta · C, with constant B.
  mutating func gemm(_ call: OnnxCall) throws(ModelError) -> Value {
    var x = try value(call, 0)
    guard shape(x).rank == 2 else { throw call.malformed("A of shape \(shape(x))") }
    if try call.flag("transA") {
      guard !hasRows(x) else { throw call.unsupported("transA turns the batch") }
      x = try add(Transpose([1, 0]), [x], call)
    }
    let w = try matrix(call, 1, isTransposed: try call.flag("transB"))
    let alpha = try call.float("alpha") ?? 1
    let beta = try call.float("beta") ?? 1
    let isBias = alpha == 1 && beta == 1 && call.input(2) != nil
    if isBias {
      let bias = try value(call, 2)
      if shape(bias) == [shape(w)[0]] { return try add(Linear(), [x, w, bias], call) }
    }
    var y = try add(Linear(), [x, w], call)
    if alpha != 1 { y = try add(Multiply(), [y, builder.constant(alpha)], call) }
    guard call.input(2) != nil, beta != 0 else { return y }
    var bias = try value(call, 2)
    if beta != 1 { bias = try add(Multiply(), [bias, builder.constant(beta)], call) }
    return try add(Add(), [y, bias], call)
  }

  /// `MatMul` of rows with a constant matrix.
  mutating func matrixProduct(_ call: OnnxCall) throws(ModelError) -> Value {
    let x = try value(call, 0)
    guard shape(x).rank == 2 else {
      throw call.unsupported("the left side has shape \(shape(x)), not rows of numbers")
    }
    let w = try matrix(call, 1, isTransposed: false)
    return try add(Linear(), [x, w], call)
  }

  /// A weight matrix as `[K, C]`; where the file has `[C, K]`, a transposing source of weights.
  private mutating func matrix(
    _ call: OnnxCall, _ index: Int, isTransposed: Bool
  ) throws(ModelError) -> Value {
    if !isTransposed, case .weight(let name, let source) = try operand(call, index),
      source.shape.rank == 2, source.shape.elementCount > 1
    {
      return try transposed(name, source, call)
    }
    let value = try value(call, index)
    guard !hasRows(value), shape(value).rank == 2 else {
      throw call.unsupported("the right side is not a constant matrix")
    }
    return isTransposed ? value : try add(Transpose([1, 0]), [value], call)
  }
}
