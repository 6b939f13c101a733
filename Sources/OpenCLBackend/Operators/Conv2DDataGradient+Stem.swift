import Operators
import Tensors

/// The C struct `stem_gradient_arguments` of `ops/conv2d_data_gradient_stem.cl`.
private struct StemGradientArguments: BitwiseCopyable {
  var dy: TensorArgument
  var dx: TensorArgument
  var window: WindowArgument
  var height: Int32
  var width: Int32
  var top: Int32
  var left: Int32
}

extension Conv2DDataGradient {
  /// The gradient by pictures, which are plain: vectors along the rows, in place of blocks of 16
  /// channels that would mostly be zeros; `ops/conv2d_data_gradient_stem.cl`.
  ///
  /// Nil for blocked pictures and for several groups.
  func stem(_ site: OperatorSite) -> Variant? {
    let (dy, w, dx) = (site.inputs[0], site.inputs[1], site.output)
    guard Layout.canonical(for: dx) == .plain, conv.groups == 1 else { return nil }
    let (stride, dilation) = (conv.window.stride, conv.window.dilation)
    let padding = conv.window.paddingBefore
    // Vectors of 24 pixels reach behind the last one.
    let rows = Reach(
      dx[2], taps: w[2], stride.height, dilation.height, padding.height, run: 1)
    let columns = Reach(
      dx[3], taps: w[3], stride.width, dilation.width, padding.width, run: 24)
    var variant = Variant("stem", inputs: [.layout(.blocked), .layout(.plain)], output: .plain) {
      scope in
      let file = "ops/conv2d_data_gradient_stem.cl"
      let dy = scope.inputs[0]
      let arguments = StemGradientArguments(
        dy: dy.argument, dx: scope.output.argument,
        window: WindowArgument(conv.window, kernel: .init(w[2], w[3])),
        height: Int32(rows.extent), width: Int32(columns.extent), top: Int32(rows.before),
        left: Int32(columns.before))
      return [
        KernelCall(
          KernelName(file, "stem_gradient_pad"), [.input(0), .scratch(0)], arguments,
          .groupsOfOne([rows.extent, dy.shape[0], Layout.blockCount(dy.shape[1])])),
        KernelCall(
          KernelName(file, "conv2d_data_gradient_stem"), [.scratch(0), .input(1), .output],
          arguments, .groupsOfOne([rows.pixels, dy.shape[0]])),
      ]
    }
    variant.scratch = [dy[0] * dy[1] * rows.extent * columns.extent]
    return variant
  }
}

/// How far the taps of a gradient reach over dy along an axis.
private struct Reach {
  /// The most pixels of a phase of dx.
  let pixels: Int
  /// The pixels in front of dy.
  let before: Int
  /// The pixels from the first to the last one read.
  let extent: Int

  init(_ extent: Int, taps: Int, _ stride: Int, _ dilation: Int, _ padding: Int, run: Int) {
    pixels = (extent + stride - 1) / stride
    let behind = (stride - 1 + padding) / stride
    before = (max((taps - 1) * dilation - padding, 0) + stride - 1) / stride
    self.extent = before + (pixels + run - 1) / run * run + behind
  }
}
