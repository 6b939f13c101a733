import Operators
import Tensors

/// The C struct `winograd_gradient_arguments` of `ops/conv2d_weight_gradient_winograd.cl`.
private struct WinogradGradientArguments: BitwiseCopyable {
  var forward: WinogradArguments
  var dw: TensorArgument
  var isFirst: Int32
  var isLast: Int32
}

extension Conv2DWeightGradient {
  /// The gradient by Winograd's F(4x4, 3x3) transposed by the filters: a quarter of the products.
  ///
  /// Where ``Conv2D/Winograd`` is possible, with its tiles, its chunks and the transforms of its
  /// input. The sums at the 36 points, four times as large as the gradient, go from chunk to chunk.
  ///
  /// - Returns: nil elsewhere.
  func winograd(_ site: OperatorSite) -> Variant? {
    let forwardSite = OperatorSite(
      inputs: [site.inputs[0], site.output], output: site.inputs[1],
      isParameter: [false, true], traits: site.traits)
    guard let winograd = Conv2D.Winograd(conv, forwardSite) else { return nil }
    let (channels, filters) = (winograd.channels, winograd.filters)
    let room = min(winograd.chunk, winograd.tileCount)
    var variant = Variant(
      "winograd4", inputs: [.layout(.blocked), .layout(.blocked)],
      output: .canonical(for: site.output)
    ) { scope in
      let input = KernelName("ops/conv2d_winograd.cl", "winograd_input")
      let file = "ops/conv2d_weight_gradient_winograd.cl"
      let upstream = KernelName(file, "winograd_upstream")
      let weights = KernelName(file, "winograd_weights", defines: scope.tile.sizes)
      return winograd.chunks(forward(scope), room: room).enumerated().flatMap { index, chunk in
        let tiles = max(Int(chunk.tiles), 1)
        let sums = WinogradGradientArguments(
          forward: chunk, dw: scope.output.argument, isFirst: index == 0 ? 1 : 0,
          isLast: index == winograd.chunkCount - 1 ? 1 : 0)
        return [
          KernelCall(
            input, [.input(0), .scratch(0)], chunk,
            winograd.transformItems(tiles, channels / Layout.lanes)),
          KernelCall(
            upstream, [.input(1), .scratch(1)], chunk,
            winograd.transformItems(tiles, filters / Layout.lanes)),
          KernelCall(
            weights, [.scratch(0), .scratch(1), .scratch(2), .output], sums,
            .groupsOfOne([filters / Layout.lanes, channels / Layout.lanes])),
        ]
      }
    }
    variant.effort = winograd.effort
    variant.tiles = Tile.filterBlocks(site.traits)
    variant.scratch = [
      36 * channels * room, 36 * filters * room,
      winograd.chunkCount > 1 ? 36 * channels * filters : 1,
    ]
    return variant
  }
}
