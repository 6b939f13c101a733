import Operators
import Tensors

/// The C struct `weight_gradient_arguments` of `ops/conv2d_weight_gradient_gemm.cl`.
private struct WeightGradientArguments: BitwiseCopyable {
  var x: TensorArgument
  var dy: TensorArgument
  var dw: TensorArgument
  var window: WindowArgument
  var splits: Int32
  var share: Int32
}

extension Conv2DWeightGradient {
  /// The gradient as products of tiles in local memory whose terms are the pixels of the batch, in
  /// shares that a second launch adds in order.
  ///
  /// Nil where there are several groups.
  func gemm(_ site: OperatorSite) -> Variant? {
    guard conv.groups == 1 else { return nil }
    let (x, dy) = (site.inputs[0], site.inputs[1])
    let splits = splits(x, dy)
    let blocks = Layout.blockCount(x[1]) * Layout.blockCount(dy[1])
    let partial = splits * kernelHeight * kernelWidth * blocks * Layout.lanes * Layout.lanes
    guard partial < 1 << 31 else { return nil }
    var variant = Variant("gemm", inputs: [.layout(.blocked), .layout(.blocked)]) { scope in
      let (x, dy) = (scope.inputs[0], scope.inputs[1])
      let pixels = dy.shape[0] * dy.shape[2] * dy.shape[3]
      let arguments = WeightGradientArguments(
        x: x.argument, dy: dy.argument, dw: scope.output.argument,
        window: WindowArgument(conv.window, kernel: .init(kernelHeight, kernelWidth)),
        splits: Int32(splits), share: Int32((pixels + splits - 1) / splits))
      let file = "ops/conv2d_weight_gradient_gemm.cl"
      let share = KernelName(file, "weight_gradient_share", defines: scope.tile.sizes)
      let size = scope.tile.gemmItems(
        pixels: x.shape[1], filters: dy.shape[1], count: kernelHeight * kernelWidth * splits)
      return [
        KernelCall(share, [.input(0), .input(1), .scratch(0)], arguments, size),
        KernelCall(
          KernelName(file, "weight_gradient_sum"), [.scratch(0), .output], arguments,
          arguments.dw.walk),
      ]
    }
    variant.tiles = Tile.gemm(
      pixels: x[1], filters: dy[1], count: kernelHeight * kernelWidth * splits, site.traits)
    variant.scratch = [partial]
    return variant
  }

  /// How many shares the pixels are cut into: so many that a large card is busy, but none of less
  /// than 64 pixels of one image; never by the batch.
  private func splits(_ x: Shape, _ dy: Shape) -> Int {
    let groups = ((x[1] + 63) / 64) * ((dy[1] + 63) / 64) * kernelHeight * kernelWidth
    return max(1, min(32, 264 / groups, dy[2] * dy[3] / 64))
  }
}
