import Operators
import Tensors

/// The C struct `conv2d_data_gradient_arguments` of `ops/conv2d_data_gradient.cl`.
private struct DefinitionArguments: BitwiseCopyable {
  var dy: TensorArgument
  var w: TensorArgument
  var dx: TensorArgument
  var window: WindowArgument
}

/// The C struct `data_gradient_arguments` of `ops/conv2d_data_gradient.cl`.
private struct DirectArguments: BitwiseCopyable {
  var conv: Conv2DArguments
  var restY: Int32
  var restX: Int32
  var height: Int32
  var width: Int32
}

extension Conv2DDataGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    guard site.isParameter[1] else { return [definition] }
    if site.traits.family == .gpu { return [definition] + (gemm(site).map { [$0] } ?? []) }
    var ladder = [definition, direct(site)]
    if let stem = stem(site) { return ladder + [stem] }
    guard let transposed = transposed(site) else { return ladder }
    var turned = site
    turned.inputs[1] = ParameterForm.transposed(site.inputs[1], groups: conv.groups)
    if transposed.isPointwise(turned) { ladder.append(exchanged(transposed.pointwise(turned))) }
    if let winograd = Conv2D.Winograd(transposed, turned) {
      let rungs = winograd.rungs.map(exchanged)
      ladder.insert(contentsOf: rungs, at: winograd.isFastest ? ladder.count : 1)
    }
    return ladder
  }

  private var definition: Variant {
    let kernel = KernelName("ops/conv2d_data_gradient.cl", "conv2d_data_gradient")
    return Variant("definition", inputs: [.any, .any]) { scope in
      let w = scope.inputs[1]
      let arguments = DefinitionArguments(
        dy: scope.inputs[0].argument, w: w.argument, dx: scope.output.argument,
        window: WindowArgument(conv.window, kernel: .init(w.shape[2], w.shape[3])))
      return [KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.dx.walk)]
    }
  }

  /// One launch for the pixels of each rest of a division by the strides.
  private func direct(_ site: OperatorSite) -> Variant {
    let filters = InputForm.packed(.transposedBlocks(groups: conv.groups))
    var variant = Variant("direct", inputs: [.layout(.blocked), filters], output: .blocked) {
      scope in
      let scope = turned(scope)
      let stride = conv.window.stride
      let y = scope.output.shape
      return (0..<stride.height * stride.width).map { rest in
        let (restY, restX) = (rest / stride.width, rest % stride.width)
        let height = (y[2] - restY + stride.height - 1) / stride.height
        let width = (y[3] - restX + stride.width - 1) / stride.width
        let pixels = max(height, 0) * max(width, 0)
        let arguments = DirectArguments(
          conv: conv.arguments(scope), restY: Int32(restY), restX: Int32(restX),
          height: Int32(pixels == 0 ? 0 : height), width: Int32(max(width, 1)))
        let kernel = KernelName(
          "ops/conv2d_data_gradient.cl", "conv2d_data_gradient_direct", defines: scope.tile.sizes)
        return KernelCall(
          kernel, [.input(0), .input(1), .residual, .gate, .output], arguments,
          scope.tile.groups(pixels: max(y[0] * pixels, 1), filters: y[1]))
      }
    }
    let y = site.output
    variant.tiles = Tile.products(
      pixels: y[0] * y[2] * y[3], filters: y[1], isSingle: conv.groups > 1, site.traits)
    variant.hasEpilogue = true
    variant.hasGate = true
    return variant
  }

  /// The convolution that this gradient is where the forward pass does not stride; nil elsewhere, and
  /// where it would cut off a border.
  private func transposed(_ site: OperatorSite) -> Conv2D? {
    let (dy, w, dx) = (site.inputs[0], site.inputs[1], site.output)
    let (padding, dilation) = (conv.window.paddingBefore, conv.window.dilation)
    let reach = Window.Pair(dilation.height * (w[2] - 1), dilation.width * (w[3] - 1))
    let before = Window.Pair(reach.height - padding.height, reach.width - padding.width)
    let after = Window.Pair(
      dx[2] - dy[2] - before.height + reach.height, dx[3] - dy[3] - before.width + reach.width)
    guard conv.window.stride == Window.Pair(1, 1),
      min(before.height, before.width, after.height, after.width) >= 0
    else { return nil }
    var window = Window()
    (window.paddingBefore, window.paddingAfter, window.dilation) = (before, after, dilation)
    return Conv2D(window: window, groups: conv.groups)
  }

  /// A rung of the transposed convolution as one of this gradient.
  private func exchanged(_ rung: Variant) -> Variant {
    var variant = rung
    variant.inputs = rung.inputs.prefix(2).map { form in
      switch form {
      case .packed(.filterBlocks(let groups)): .packed(.transposedBlocks(groups: groups))
      case .packed(.winogradFilters): .packed(.winogradFilters(isAdjoint: true))
      default: form
      }
    }
    variant.calls = { scope in rung.calls(turned(scope)) }
    return variant
  }

  /// The scope with the shape of the exchanged filters.
  private func turned(_ scope: LaunchScope) -> LaunchScope {
    var inputs = scope.inputs
    inputs[1].shape = ParameterForm.transposed(inputs[1].shape, groups: conv.groups)
    return LaunchScope(
      inputs: inputs, output: scope.output, residual: scope.residual, activation: scope.activation,
      gate: scope.gate, bounds: scope.bounds, tile: scope.tile)
  }
}
