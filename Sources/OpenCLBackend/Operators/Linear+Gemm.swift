import Operators
import Tensors

/// The C struct `linear_gemm_arguments` of `ops/linear_gemm.cl`.
private struct LinearGemmArguments: BitwiseCopyable {
  var linear: LinearArguments
  var splits: Int32
  var share: Int32
}

extension Linear {
  /// The inputs of a share: fewer than two shares are not worth a second launch.
  private static let share = 2048

  /// Products of tiles in local memory.
  ///
  /// Up to 4095 inputs are one chain, in the order of the definition. More are cut into shares of
  /// 2048, which run at a time and are added in order by a second launch: a chain of 25088 inputs
  /// for a few rows leaves a card waiting.
  func gemm(_ site: OperatorSite) -> Variant {
    let inputs = site.inputs[0][1]
    let splits = inputs < 2 * Self.share ? 1 : (inputs + Self.share - 1) / Self.share
    let forms = [InputForm.layout(.plain), .packed(.matrixBlocks), .packed(.laneBlocks)]
    var variant = Variant(
      splits == 1 ? "gemm" : "gemm-shares",
      algorithm: splits == 1 ? "in order" : "shares of \(Self.share)",
      inputs: Array(forms.prefix(site.inputs.count)), output: .plain
    ) { scope in
      let arguments = LinearGemmArguments(
        linear: arguments(scope), splits: Int32(splits),
        share: Int32(splits == 1 ? inputs : Self.share))
      let (file, y) = ("ops/linear_gemm.cl", scope.output.shape)
      let gemm = KernelName(file, "linear_gemm", defines: scope.tile.sizes)
      let size = scope.tile.gemmItems(pixels: y[0], filters: y[1], count: splits)
      var operands = operands(scope)
      guard splits > 1 else { return [KernelCall(gemm, operands, arguments, size)] }
      let sum = KernelName(file, "linear_sum")
      let added = [Operand.scratch(0)] + operands.dropFirst(2)
      operands[4] = .scratch(0)
      return [
        KernelCall(gemm, operands, arguments, size),
        KernelCall(sum, added, arguments, arguments.linear.y.walk),
      ]
    }
    variant.tiles = Tile.gemm(
      pixels: site.output[0], filters: site.output[1], count: splits, site.traits)
    variant.hasEpilogue = true
    if splits > 1 { variant.scratch = [splits * site.output.elementCount] }
    return variant
  }
}
