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
    let padded = paddedExtents(of: x)
    var variant = Variant(
      "stem", inputs: [.layout(.plain), .packed(.matrixBlocks), .packed(.laneBlocks)],
      output: .blocked
    ) { scope in
      let file = "ops/conv2d_stem.cl"
      let y = scope.output.shape
      let operands = operands(scope)
      let kernel = KernelName(file, "conv2d_stem", defines: scope.tile.sizes)
      return [
        paddingCall(scope),
        KernelCall(
          kernel, [.scratch(0)] + operands.dropFirst(), stemArguments(scope),
          scope.tile.groups(pixels: y[0] * y[2] * y[3], filters: y[1])),
      ]
    }
    let y = site.output
    variant.tiles = Tile.products(pixels: y[0] * y[2] * y[3], filters: w[0], site.traits)
    variant.scratch = [x[0] * x[1] * padded.height * padded.width]
    variant.hasEpilogue = true
    variant.hasGate = true
    return variant
  }

  /// The rows and columns of images with the zeros of their padding.
  func paddedExtents(of x: Shape) -> Window.Pair {
    Window.Pair(
      x[2] + window.paddingBefore.height + window.paddingAfter.height,
      x[3] + window.paddingBefore.width + window.paddingAfter.width)
  }

  /// The launch that copies the images between the zeros of their padding, into scratch 0.
  func paddingCall(_ scope: LaunchScope) -> KernelCall {
    let x = scope.inputs[0].shape
    return KernelCall(
      KernelName("ops/conv2d_stem.cl", "stem_pad"), [.input(0), .scratch(0)],
      stemArguments(scope), .groupsOfOne([paddedExtents(of: x).height, x[0] * x[1]]))
  }

  private func stemArguments(_ scope: LaunchScope) -> StemArguments {
    let padded = paddedExtents(of: scope.inputs[0].shape)
    return StemArguments(
      conv: arguments(scope), height: Int32(padded.height), width: Int32(padded.width))
  }
}
