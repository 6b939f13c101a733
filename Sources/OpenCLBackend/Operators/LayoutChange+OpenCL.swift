import Tensors

/// The C struct of `layout/change.cl`.
struct LayoutChangeArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
}

extension Variant {
  /// Copies a tensor into the layout of the output.
  static func layoutChange(_ traits: DeviceTraits) -> Variant {
    Variant("layout", inputs: [.any]) { scope in
      let arguments = LayoutChangeArguments(x: scope.inputs[0].argument, y: scope.output.argument)
      let hasLanes = traits.family == .cpu && arguments.y.blocked != 0 && arguments.x.blocked == 0
      return [
        KernelCall(
          KernelName("layout/change.cl", hasLanes ? "layout_change_lanes" : "layout_change"),
          [.input(0), .output], arguments, hasLanes ? arguments.y.runs : arguments.y.walk)
      ]
    }
  }
}
