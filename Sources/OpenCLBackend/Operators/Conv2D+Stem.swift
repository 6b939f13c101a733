import Operators
import Tensors

/// The C struct `stem_arguments` of `ops/conv2d_stem.cl`.
private struct StemArguments: BitwiseCopyable {
  var conv: Conv2DArguments
  var height: Int32
  var width: Int32
}

extension Conv2D {
  /// Pictures: fewer than 16 channels, plain, one group; `ops/conv2d_stem.cl`.
  func stem(_ site: OperatorSite) -> Variant {
    let (x, w) = (site.inputs[0], site.inputs[1])
    let height = x[2] + window.paddingBefore.height + window.paddingAfter.height
    let width = x[3] + window.paddingBefore.width + window.paddingAfter.width
    var variant = Variant(
      "stem", inputs: [.layout(.plain), .packed(.matrixBlocks), .packed(.laneBlocks)],
      output: .blocked
    ) { scope in
      let file = "ops/conv2d_stem.cl"
      let (x, y) = (scope.inputs[0].shape, scope.output.shape)
      let arguments = StemArguments(
        conv: arguments(scope), height: Int32(height), width: Int32(width))
      let operands = operands(scope)
      let kernel = KernelName(file, "conv2d_stem", defines: scope.tile.sizes)
      let local = WorkItems.localCount(for: width)
      return [
        KernelCall(
          KernelName(file, "stem_pad"), [.input(0), .scratch(0)], arguments,
          WorkItems(
            global: [(width + local - 1) / local * local, height, x[0] * x[1]],
            local: [local, 1, 1])),
        KernelCall(
          kernel, [.scratch(0)] + operands.dropFirst(), arguments,
          scope.tile.groups(pixels: y[0] * y[2] * y[3], filters: y[1])),
      ]
    }
    let y = site.output
    variant.tiles = Tile.products(pixels: y[0] * y[2] * y[3], filters: w[0], site.traits)
    variant.scratch = [x[0] * x[1] * height * width]
    variant.hasEpilogue = true
    variant.hasGate = true
    return variant
  }
}
