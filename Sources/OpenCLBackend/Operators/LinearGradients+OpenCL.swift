import Operators
import Tensors

/// The C structs `linear_data_gradient_arguments` and `linear_weight_gradient_arguments`.
struct LinearGradientArguments: BitwiseCopyable {
  var output: TensorArgument
  /// The terms of a sum: K for the data, N for the weights.
  var terms: Int32
}

extension LinearDataGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let definition = variant("definition", "linear_data_gradient") { $0.walk }
    guard site.traits.family == .cpu, site.inputs[1][1] >= Layout.lanes else { return [definition] }
    let rows = 6
    let lanes = variant("lanes", "linear_data_gradient_lanes") { dx in
      .groupsOfOne([Layout.blockCount(Int(dx.width)), (Int(dx.rows) + rows - 1) / rows])
    }
    return [definition, lanes]
  }

  private func variant(
    _ name: String, _ function: String,
    _ size: @escaping @Sendable (TensorArgument) -> WorkItems
  ) -> Variant {
    let kernel = KernelName("ops/linear_data_gradient.cl", function)
    let plain = InputForm.layout(.plain)
    return Variant(name, algorithm: "definition", inputs: [plain, plain], output: .plain) { scope in
      let arguments = LinearGradientArguments(
        output: scope.output.flattened, terms: Int32(scope.inputs[0].shape[1]))
      return [
        KernelCall(kernel, [.input(0), .input(1), .output], arguments, size(arguments.output))
      ]
    }
  }
}

extension LinearWeightGradient: OpenCLOperator {
  package func variants(at site: OperatorSite) -> [Variant] {
    let kernel = KernelName("ops/linear_weight_gradient.cl", "linear_weight_gradient")
    return [
      Variant("definition", inputs: [.layout(.plain), .layout(.plain)]) { scope in
        let arguments = LinearGradientArguments(
          output: scope.output.flattened, terms: Int32(scope.inputs[0].shape[0]))
        return [
          KernelCall(kernel, [.input(0), .input(1), .output], arguments, arguments.output.walk)
        ]
      }
    ]
  }
}
