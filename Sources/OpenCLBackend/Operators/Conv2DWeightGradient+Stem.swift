import Operators
import Tensors

/// The C struct `stem_weight_arguments` of `ops/conv2d_weight_gradient_stem.cl`.
private struct StemWeightArguments: BitwiseCopyable {
  var x: TensorArgument
  var dy: TensorArgument
  var dw: TensorArgument
  var window: WindowArgument
  var height: Int32
  var width: Int32
  var shares: Int32
}

extension Conv2DWeightGradient {
  /// The gradient by the filters of pictures: fewer than 16 channels, plain, one group;
  /// `ops/conv2d_weight_gradient_stem.cl`.
  ///
  /// Nil elsewhere, and for filters wider than 12: the sums of a row of them are in registers.
  func stem(_ site: OperatorSite) -> Variant? {
    let (x, dy) = (site.inputs[0], site.inputs[1])
    guard conv.groups == 1, x[1] < Layout.lanes, kernelWidth <= 12 else { return nil }
    let padded = conv.paddedExtents(of: x)
    // Never by the batch: equal bits in a plan for more images.
    let shares = max(1, min(16, dy[2] / 4))
    var variant = Variant(
      "stem", inputs: [.layout(.plain), .layout(.blocked)], output: .canonical(for: site.output)
    ) { scope in
      let (x, dy) = (scope.inputs[0], scope.inputs[1])
      let file = "ops/conv2d_weight_gradient_stem.cl"
      let arguments = StemWeightArguments(
        x: x.argument, dy: dy.argument, dw: scope.output.argument,
        window: WindowArgument(conv.window, kernel: .init(kernelHeight, kernelWidth)),
        height: Int32(padded.height), width: Int32(padded.width), shares: Int32(shares))
      let share = KernelName(
        file, "stem_gradient_share",
        defines: scope.tile.sizes.merging(["TAPS_X": kernelWidth]) { $1 })
      return [
        conv.paddingCall(forward(scope)),
        KernelCall(
          share, [.scratch(0), .input(1), .scratch(1)], arguments,
          .groupsOfOne([Layout.blockCount(dy.shape[1]), shares])),
        KernelCall(
          KernelName(file, "stem_gradient_sum"), [.scratch(1), .output], arguments,
          arguments.dw.walk),
      ]
    }
    // All taps at a time where the 16 or 32 registers, of as many floats, hold their sums.
    let isSmall = kernelHeight * kernelWidth <= site.traits.floatWidth
    variant.tiles = [Tile(["TAPS_Y": isSmall ? kernelHeight : 1])]
    let terms = x[1] * kernelHeight * kernelWidth * Layout.lanes
    variant.scratch = [
      x[0] * x[1] * padded.height * padded.width, shares * Layout.blockCount(dy[1]) * terms,
    ]
    return variant
  }
}
