import Operators
import Tensors

/// The C struct `conv2d_arguments` of `common/convolution.clh`.
struct Conv2DArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var residual: TensorArgument
  var filters: Int32
  var channels: Int32
  var kernelHeight: Int32
  var kernelWidth: Int32
  var strideY: Int32
  var strideX: Int32
  var dilationY: Int32
  var dilationX: Int32
  var padY: Int32
  var padX: Int32
  var hasBias: Int32
  var end: EpilogueArgument
}

extension Conv2D: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    var ladder = [definition]
    if site.traits.family == .cpu, groups == 1, site.isParameter[1],
      site.inputs.count == 2 || site.isParameter[2]
    {
      let tile = Tile(width: site.output[3], traits: site.traits)
      if let direct = direct(site, tile) { ladder.append(direct) }
      if isPointwise(site) { ladder.append(pointwise(site)) }
      if let winograd = Winograd(self, site) {
        // Where it is not the fastest it is a rung below: checked, and not used.
        ladder.insert(winograd.variant, at: winograd.isFastest ? ladder.count : 1)
      }
    }
    return ladder
  }

  /// How many outputs one work-item computes.
  struct Tile {
    var outputs: Int

    /// The tile that wastes least of a row, among those that fit the registers.
    init(width: Int, traits: DeviceTraits) {
      let candidates = traits.floatWidth >= 16 ? [14, 7] : [6, 4]
      outputs = candidates[0]
      for candidate in candidates where waste(candidate, width) < waste(outputs, width) {
        outputs = candidate
      }
      func waste(_ tile: Int, _ width: Int) -> Int { (width + tile - 1) / tile * tile }
    }
  }

  private var definition: Variant {
    var variant = Variant("definition", inputs: [.any, .layout(.plain), .layout(.plain)]) { scope in
      let arguments = arguments(scope)
      return [
        KernelCall(
          KernelName("ops/conv2d.cl", "conv2d_definition"), operands(scope), arguments,
          arguments.y.walk)
      ]
    }
    variant.hasEpilogue = true
    return variant
  }

  private func direct(_ site: OperatorSite, _ tile: Tile) -> Variant? {
    let kernelWidth = site.inputs[1][3]
    let span =
      (tile.outputs - 1) * window.stride.width
      + (kernelWidth - 1) * window.dilation.width + 1
    guard span <= 64 else { return nil }
    var variant = Variant(
      "direct", inputs: [.layout(.blocked), .packed(.filterBlocks), .packed(.laneBlocks)],
      output: .blocked
    ) { scope in
      let y = scope.output.shape
      let size = [
        (y[3] + tile.outputs - 1) / tile.outputs, y[0] * y[2],
        (y[1] + Layout.lanes - 1) / Layout.lanes,
      ]
      let kernel = KernelName("ops/conv2d.cl", "conv2d_direct", defines: ["UW": tile.outputs])
      return [KernelCall(kernel, operands(scope), arguments(scope), .groupsOfOne(size))]
    }
    variant.hasEpilogue = true
    return variant
  }

  private func isPointwise(_ site: OperatorSite) -> Bool {
    site.inputs[1][2] == 1 && site.inputs[1][3] == 1 && window == Window()
  }

  private func pointwise(_ site: OperatorSite) -> Variant {
    let tile = site.traits.floatWidth >= 16 ? 14 : 6
    var variant = Variant(
      "pointwise", algorithm: "direct",
      inputs: [.layout(.blocked), .packed(.filterBlocks), .packed(.laneBlocks)], output: .blocked
    ) { scope in
      let y = scope.output.shape
      let size = [
        (y[0] * y[2] * y[3] + tile - 1) / tile, (y[1] + Layout.lanes - 1) / Layout.lanes,
      ]
      let kernel = KernelName("ops/conv2d.cl", "conv2d_pointwise", defines: ["UW": tile])
      return [KernelCall(kernel, operands(scope), arguments(scope), .groupsOfOne(size))]
    }
    variant.hasEpilogue = true
    return variant
  }

  /// Image, filters, bias, residual and output.
  func operands(_ scope: LaunchScope) -> [Operand] {
    [.input(0), .input(1), scope.inputs.count == 3 ? .input(2) : .input(1), .residual, .output]
  }

  /// The geometry of a launch.
  func arguments(_ scope: LaunchScope) -> Conv2DArguments {
    let w = scope.inputs[1].shape
    return Conv2DArguments(
      x: scope.inputs[0].argument, y: scope.output.argument,
      residual: (scope.residual ?? scope.output).argument, filters: Int32(w[0] / groups),
      channels: Int32(w[1]), kernelHeight: Int32(w[2]), kernelWidth: Int32(w[3]),
      strideY: Int32(window.stride.height), strideX: Int32(window.stride.width),
      dilationY: Int32(window.dilation.height), dilationX: Int32(window.dilation.width),
      padY: Int32(window.paddingBefore.height), padX: Int32(window.paddingBefore.width),
      hasBias: scope.inputs.count == 3 ? 1 : 0,
      end: EpilogueArgument(scope.activation, hasResidual: scope.residual != nil))
  }
}
