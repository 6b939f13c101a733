import Operators
import Tensors

extension Conv2DDataGradient {
  /// The most launches of a gradient, one for each phase of the stride.
  private static let mostPhases = 16

  /// The gradient as products of tiles in local memory: of stride 1 a convolution with the filters
  /// turned around, else one for each phase of the stride, with the taps that meet it.
  ///
  /// Nil where the stride has too many phases.
  func gemm(_ site: OperatorSite) -> Variant? {
    let stride = conv.window.stride
    guard stride.height * stride.width <= Self.mostPhases else { return nil }
    let form = ParameterForm.transposedBlocks(groups: conv.groups)
    var variant = Variant(
      "gemm", algorithm: "taps", inputs: [.layout(.blocked), .packed(form)], output: .blocked
    ) { scope in phases(scope) }
    let dx = site.output
    let windows = parts(dx[2], stride.height) * parts(dx[3], stride.width)
    variant.tiles = Tile.gemm(
      pixels: dx[0] * windows, filters: dx[1], isSingle: conv.groups > 1, site.traits)
    variant.hasEpilogue = true
    variant.hasGate = true
    return variant
  }

  private func phases(_ scope: LaunchScope) -> [KernelCall] {
    let window = conv.window
    let (dy, w, dx) = (scope.inputs[0], scope.inputs[1].shape, scope.output)
    let kernel = KernelName("ops/conv2d_gemm.cl", "conv2d_gemm", defines: scope.tile.sizes)
    let rows = axes(
      dx.shape[2], taps: w[2], stride: window.stride.height, dilation: window.dilation.height,
      padding: window.paddingBefore.height)
    let columns = axes(
      dx.shape[3], taps: w[3], stride: window.stride.width, dilation: window.dilation.width,
      padding: window.paddingBefore.width)
    let transposed = ParameterForm.transposed(w, groups: conv.groups)
    let packed = ParameterForm.packedBlocks(of: transposed, groups: conv.groups)
    return rows.flatMap { row in
      columns.map { column in
        let arguments = GemmArguments(
          x: dy.argument, y: dx.argument, residual: (scope.residual ?? dx).argument,
          gate: (scope.gate ?? dx).argument, filters: Int32(w[1]),
          channels: Int32(w[0] / conv.groups), taps: Int32(w[2] * w[3]), kernelWidth: Int32(w[3]),
          packedBlocks: Int32(packed), rows: row, columns: column, hasBias: 0,
          end: EpilogueArgument(scope))
        let windows = dx.shape[0] * Int(row.grid) * Int(column.grid)
        return KernelCall(
          kernel, [.input(0), .input(1), .input(1), .residual, .gate, .output], arguments,
          scope.tile.gemmItems(pixels: windows, filters: dx.shape[1]))
      }
    }
  }

  /// The phases along an axis: the pixels i·stride + phase of dx and the taps r that meet them,
  /// phase + padding − r·dilation ≡ 0 modulo the stride.
  ///
  /// Such taps are evenly spaced, and from one to the next the pixel of dy is the same distance
  /// apart.
  private func axes(
    _ extent: Int, taps: Int, stride: Int, dilation: Int, padding: Int
  ) -> [GemmAxis] {
    (0..<min(stride, extent)).map { phase in
      let meeting = (0..<taps).filter { (phase + padding - $0 * dilation) % stride == 0 }
      let first = meeting.first ?? 0
      let step = meeting.count > 1 ? meeting[1] - first : 1
      return GemmAxis(
        grid: Int32(parts(extent - phase, stride)), stride: 1, count: Int32(meeting.count),
        tap: Int32(first), tapStep: Int32(step),
        offset: meeting.isEmpty ? 0 : Int32((phase + padding - first * dilation) / stride),
        offsetStep: Int32(meeting.count > 1 ? -step * dilation / stride : 0),
        spread: Int32(stride), phase: Int32(phase))
    }
  }

  private func parts(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }
}
