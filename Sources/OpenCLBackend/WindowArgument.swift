import Operators

/// The C struct `window` of `common/window.clh`.
struct WindowArgument: BitwiseCopyable {
  var kernelHeight: Int32
  var kernelWidth: Int32
  var strideHeight: Int32
  var strideWidth: Int32
  var dilationHeight: Int32
  var dilationWidth: Int32
  var top: Int32
  var left: Int32
  var bottom: Int32
  var right: Int32

  /// A window of so many taps.
  init(_ window: Window, kernel: Window.Pair) {
    kernelHeight = Int32(kernel.height)
    kernelWidth = Int32(kernel.width)
    strideHeight = Int32(window.stride.height)
    strideWidth = Int32(window.stride.width)
    dilationHeight = Int32(window.dilation.height)
    dilationWidth = Int32(window.dilation.width)
    top = Int32(window.paddingBefore.height)
    left = Int32(window.paddingBefore.width)
    bottom = Int32(window.paddingAfter.height)
    right = Int32(window.paddingAfter.width)
  }
}
