import Operators
import Tensors

/// The C struct `gemm_axis` of `ops/conv2d_gemm.cl`: how windows move along an axis.
struct GemmAxis: BitwiseCopyable {
  var grid: Int32
  var stride: Int32
  var count: Int32
  var tap: Int32 = 0
  var tapStep: Int32 = 1
  var offset: Int32
  var offsetStep: Int32
  var spread: Int32 = 1
  var phase: Int32 = 0
}

/// The C struct `gemm_arguments` of `ops/conv2d_gemm.cl`.
struct GemmArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
  var residual: TensorArgument
  var gate: TensorArgument
  var filters: Int32
  var channels: Int32
  var taps: Int32
  var kernelWidth: Int32
  var packedBlocks: Int32
  var rows: GemmAxis
  var columns: GemmAxis
  var hasBias: Int32
  var end: EpilogueArgument
}

extension Conv2D {
  /// What GPUs run above the definition: products of tiles in local memory; the last is the fastest.
  func gpuVariants(_ site: OperatorSite) -> [Variant] {
    if site.inputs[0][1] < Layout.lanes, groups == 1 { return [stemGemm(site)] }
    var ladder = [gemm(site)]
    if isDepthwise(site) { ladder.append(depthwiseQuads(site)) }
    if let winograd = Winograd(self, site) {
      ladder.insert(winograd.variant, at: winograd.isFastest ? ladder.count : 0)
    }
    return ladder
  }

  /// A matrix product whose pixels are gathered as it goes; any geometry.
  private func gemm(_ site: OperatorSite) -> Variant {
    let filters = InputForm.packed(.filterBlocks(groups: groups))
    var variant = Variant(
      "gemm", algorithm: "direct", inputs: [.layout(.blocked), filters, .packed(.laneBlocks)],
      output: .blocked
    ) { scope in
      let (w, y) = (scope.inputs[1].shape, scope.output.shape)
      let shared = arguments(scope)
      let arguments = GemmArguments(
        x: shared.x, y: shared.y, residual: shared.residual, gate: shared.gate,
        filters: shared.filters, channels: shared.channels, taps: Int32(w[2] * w[3]),
        kernelWidth: Int32(w[3]),
        packedBlocks: shared.packedBlocks,
        rows: GemmAxis(
          grid: Int32(y[2]), stride: shared.strideY, count: shared.kernelHeight,
          offset: -shared.padY, offsetStep: shared.dilationY),
        columns: GemmAxis(
          grid: Int32(y[3]), stride: shared.strideX, count: shared.kernelWidth,
          offset: -shared.padX, offsetStep: shared.dilationX),
        hasBias: shared.hasBias, end: shared.end)
      let kernel = KernelName("ops/conv2d_gemm.cl", "conv2d_gemm", defines: scope.tile.sizes)
      let size = scope.tile.gemmItems(pixels: y[0] * y[2] * y[3], filters: y[1])
      return [KernelCall(kernel, operands(scope), arguments, size)]
    }
    let y = site.output
    variant.tiles = Tile.gemm(
      pixels: y[0] * y[2] * y[3], filters: y[1], isSingle: groups > 1, site.traits)
    variant.hasEpilogue = true
    variant.hasGate = true
    return variant
  }

  /// As `stem`: pictures, plain, whose terms are gathered one by one.
  private func stemGemm(_ site: OperatorSite) -> Variant {
    var variant = Variant(
      "stem-gemm", algorithm: "stem",
      inputs: [.layout(.plain), .packed(.matrixBlocks), .packed(.laneBlocks)], output: .blocked
    ) { scope in
      let y = scope.output.shape
      let kernel = KernelName(
        "ops/conv2d_stem_gemm.cl", "conv2d_stem_gemm", defines: scope.tile.sizes)
      let size = scope.tile.gemmItems(pixels: y[0] * y[2] * y[3], filters: y[1])
      return [KernelCall(kernel, operands(scope), arguments(scope), size)]
    }
    let y = site.output
    variant.tiles = Tile.gemm(pixels: y[0] * y[2] * y[3], filters: y[1], site.traits)
    variant.hasEpilogue = true
    variant.hasGate = true
    return variant
  }

  /// As `depthwise`, 4 channels of a pixel an item.
  private func depthwiseQuads(_ site: OperatorSite) -> Variant {
    var variant = Variant(
      "depthwise-quads", algorithm: "depthwise",
      inputs: [.layout(.blocked), .packed(.depthwiseBlocks), .packed(.laneBlocks)],
      output: .blocked
    ) { scope in
      let y = scope.output.shape
      let kernel = KernelName("ops/conv2d_depthwise_quads.cl", "conv2d_depthwise_quads")
      let size = WorkItems.quads(pixels: y[0] * y[2] * y[3], blocks: Layout.blockCount(y[1]))
      return [KernelCall(kernel, operands(scope), arguments(scope), size)]
    }
    variant.hasEpilogue = true
    variant.hasGate = true
    return variant
  }
}
