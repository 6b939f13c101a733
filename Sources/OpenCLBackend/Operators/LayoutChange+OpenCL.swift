import Tensors

/// The C struct of `layout/change.cl`.
struct LayoutChangeArguments: BitwiseCopyable {
  var x: TensorArgument
  var y: TensorArgument
}

extension Variant {
  /// Copies a tensor into the layout of the output.
  static let layoutChange = Variant("layout", inputs: [.any]) { scope in
    let arguments = LayoutChangeArguments(x: scope.inputs[0].argument, y: scope.output.argument)
    return [
      KernelCall(
        KernelName("layout/change.cl", "layout_change"), [.input(0), .output], arguments,
        arguments.y.walk)
    ]
  }
}
