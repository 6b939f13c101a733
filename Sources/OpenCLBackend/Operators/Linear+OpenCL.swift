import Operators
import Tensors

/// The C struct `linear_arguments` of `ops/linear.cl`.
struct LinearArguments: BitwiseCopyable {
  var y: TensorArgument
  var inputs: Int32
  var hasBias: Int32
  var end: EpilogueArgument
}

extension Linear: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let plain = site.inputs.map { _ in InputForm.layout(.plain) }
    let kernel = KernelName("ops/linear.cl", "linear")
    let definition = variant("definition", inputs: plain, { _ in kernel }) { $1.y.walk }
    guard site.isParameter.dropFirst().allSatisfy({ $0 }) else { return [definition] }
    if site.traits.family == .gpu { return [definition, gemm(site)] }
    let rows = site.traits.floatWidth >= 16 ? 14 : 6
    let packed = KernelName("ops/linear.cl", "linear_packed", defines: ["ROWS": rows])
    let forms = [plain[0], .packed(.matrixBlocks), .packed(.laneBlocks)]
    return [
      definition,
      variant("packed", inputs: Array(forms.prefix(plain.count)), { _ in packed }) { _, arguments in
        .groupsOfOne([
          (Int(arguments.y.width) + Layout.lanes - 1) / Layout.lanes,
          (Int(arguments.y.rows) + rows - 1) / rows,
        ])
      },
    ]
  }

  /// Products of tiles in local memory.
  private func gemm(_ site: OperatorSite) -> Variant {
    let forms = [InputForm.layout(.plain), .packed(.matrixBlocks), .packed(.laneBlocks)]
    var gemm = variant(
      "gemm", inputs: Array(forms.prefix(site.inputs.count)),
      { KernelName("ops/linear_gemm.cl", "linear_gemm", defines: $0.tile.sizes) },
      { $0.tile.gemmItems(pixels: Int($1.y.rows), filters: Int($1.y.width)) })
    gemm.tiles = Tile.gemm(pixels: site.output[0], filters: site.output[1])
    return gemm
  }

  /// All variants add the products in the order of the inputs, so they are one algorithm.
  private func variant(
    _ name: String, inputs: [InputForm],
    _ kernel: @escaping @Sendable (LaunchScope) -> KernelName,
    _ size: @escaping @Sendable (LaunchScope, LinearArguments) -> WorkItems
  ) -> Variant {
    var variant = Variant(name, algorithm: "in order", inputs: inputs, output: .plain) { scope in
      let hasBias = scope.inputs.count == 3
      let arguments = LinearArguments(
        y: scope.output.flattened, inputs: Int32(scope.inputs[0].shape[1]),
        hasBias: hasBias ? 1 : 0,
        end: EpilogueArgument(scope.activation, hasResidual: scope.residual != nil))
      let operands: [Operand] = [
        .input(0), .input(1), hasBias ? .input(2) : .input(1), .residual, .output,
      ]
      return [KernelCall(kernel(scope), operands, arguments, size(scope, arguments))]
    }
    variant.hasEpilogue = true
    return variant
  }
}
