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
    let definition = variant("definition", inputs: plain, kernel) { $0.y.walk }
    guard site.isParameter.dropFirst().allSatisfy({ $0 }) else { return [definition] }
    if site.traits.family == .gpu { return [definition, gemm(site)] }
    let rows = site.traits.floatWidth >= 16 ? 14 : 6
    let runs = 6
    let packed = KernelName(
      "ops/linear.cl", "linear_packed", defines: ["ROWS": rows, "RUNS": runs])
    let forms = [plain[0], .packed(.matrixBlocks), .packed(.laneBlocks)]
    return [
      definition,
      variant("packed", inputs: Array(forms.prefix(plain.count)), packed) { arguments in
        .groupsOfOne([
          (Int(arguments.y.width) + Layout.lanes - 1) / Layout.lanes,
          (Int(arguments.y.rows) + rows * runs - 1) / (rows * runs),
        ])
      },
    ]
  }

  /// Both variants add the products in the order of the inputs, so they are one algorithm.
  private func variant(
    _ name: String, inputs: [InputForm], _ kernel: KernelName,
    _ size: @escaping @Sendable (LinearArguments) -> WorkItems
  ) -> Variant {
    var variant = Variant(name, algorithm: "in order", inputs: inputs, output: .plain) { scope in
      let arguments = arguments(scope)
      return [KernelCall(kernel, operands(scope), arguments, size(arguments))]
    }
    variant.hasEpilogue = true
    return variant
  }

  /// Input, weights, bias, residual and output.
  func operands(_ scope: LaunchScope) -> [Operand] {
    [.input(0), .input(1), scope.inputs.count == 3 ? .input(2) : .input(1), .residual, .output]
  }

  /// The sizes of a launch.
  func arguments(_ scope: LaunchScope) -> LinearArguments {
    LinearArguments(
      y: scope.output.flattened, inputs: Int32(scope.inputs[0].shape[1]),
      hasBias: scope.inputs.count == 3 ? 1 : 0,
      end: EpilogueArgument(scope))
  }
}
