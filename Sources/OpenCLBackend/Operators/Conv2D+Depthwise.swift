import Operators

extension Conv2D {
  /// Whether each channel has one filter of its own.
  func isDepthwise(_ site: OperatorSite) -> Bool {
    groups > 1 && groups == site.inputs[0][1] && groups == site.inputs[1][0]
  }

  /// Sixteen channels at a time, without the products of other channels; `ops/conv2d_depthwise.cl`.
  func depthwise(_ site: OperatorSite) -> Variant {
    var variant = Variant(
      "depthwise", inputs: [.layout(.blocked), .packed(.depthwiseBlocks), .packed(.laneBlocks)],
      output: .blocked
    ) { scope in
      let kernel = KernelName(
        "ops/conv2d_depthwise.cl", "conv2d_depthwise", defines: scope.tile.sizes)
      let arguments = arguments(scope)
      return [KernelCall(kernel, operands(scope), arguments, arguments.y.pixelRows)]
    }
    let tiles = [Tile(["UW": 4]), Tile(["UW": 6])]
    variant.tiles = site.output[3] < 28 ? tiles : tiles.reversed()
    variant.hasEpilogue = true
    variant.hasGate = true
    return variant
  }
}
