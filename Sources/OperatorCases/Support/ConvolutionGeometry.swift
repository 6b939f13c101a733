import Operators
import Tensors

/// The geometry of a convolution, from which the cases of it and of its gradients are made.
struct ConvolutionGeometry: Sendable {
  let title: String
  /// One image, `[C, H, W]`.
  let image: Shape
  /// The filters, `[K, C/groups, R, S]`.
  let filters: Shape
  let conv: Conv2D
  let rows: Int

  init(
    _ title: String, _ image: Shape, _ filters: Shape, _ window: Window = Window(),
    groups: Int = 1, rows: Int = 2
  ) {
    self.title = title
    self.image = image
    self.filters = filters
    self.conv = Conv2D(window: window, groups: groups)
    self.rows = rows
  }

  /// One output, `[K, P, Q]`.
  var output: Shape {
    do {
      return try conv.outputShape([Shape([1] + image.extents), filters]).row
    } catch {
      preconditionFailure("\(title): \(error)")
    }
  }

  /// The products of one output element.
  var terms: Int { filters.row.elementCount }

  static let all = plain + strided + grouped + tiles

  /// Stride 1, one group.
  static let plain: [ConvolutionGeometry] = [
    .init("one pixel, one channel", [1, 1, 1], [1, 1, 1, 1], rows: 1),
    .init("1x1, 17 to 33 channels", [17, 5, 7], [33, 17, 1, 1]),
    .init("1x1, 33 to 16 channels, 5 rows", [33, 3, 3], [16, 33, 1, 1], rows: 5),
    .init("1x1, 64 to 48 channels", [64, 7, 7], [48, 64, 1, 1]),
    .init("1x1 with padding 2", [5, 3, 4], [7, 5, 1, 1], Window(padding: 2)),
    .init("3x3 over a picture, 5 rows", [3, 13, 11], [16, 3, 3, 3], Window(padding: 1), rows: 5),
    .init("3x3, 16 channels", [16, 8, 8], [16, 16, 3, 3], Window(padding: 1), rows: 1),
    .init("3x3, 31 to 15 channels", [31, 7, 9], [15, 31, 3, 3], Window(padding: 1)),
    .init("3x3, 15 to 17 channels", [15, 5, 5], [17, 15, 3, 3], Window(padding: 1)),
    .init("3x3 without padding", [16, 6, 6], [33, 16, 3, 3]),
    .init("3x3, whole tiles of 4", [16, 12, 8], [16, 16, 3, 3], Window(padding: 1)),
    .init("3x3, 17 to 16 channels, 3 by 4", [17, 3, 4], [16, 17, 3, 3], Window(padding: 1)),
    .init("3x3, padding 2", [16, 4, 5], [33, 16, 3, 3], Window(padding: 2)),
    .init("3x3, 33 to 17 channels, one column", [33, 5, 3], [17, 33, 3, 3]),
    .init("3x3, 3 by 17, 5 rows", [16, 3, 17], [16, 16, 3, 3], Window(padding: 1), rows: 5),
    .init("3x3, 15 by 4, uneven padding", [16, 15, 4], [17, 16, 3, 3], asymmetric(0, 2, 1, 0)),
    .init("3x3, 32 channels, 2 by 2 tiles", [32, 5, 7], [33, 32, 3, 3], Window(padding: 1)),
    .init(
      "3x3, 17 channels, runs of tiles", [17, 9, 14], [18, 17, 3, 3], Window(padding: 1), rows: 4),
    .init("3x3 over one pixel", [17, 1, 1], [16, 17, 3, 3], Window(padding: 1)),
    .init("3x3 over two columns", [5, 9, 2], [6, 5, 3, 3], Window(padding: 1)),
    .init("3x3, padding behind only", [4, 6, 5], [5, 4, 3, 3], asymmetric(0, 1, 0, 1)),
    .init("5x5", [7, 9, 10], [9, 7, 5, 5], Window(padding: 2)),
    .init("5x5, dilation 2", [4, 11, 13], [5, 4, 5, 5], Window(padding: 4, dilation: 2)),
    .init("1x5", [16, 1, 17], [16, 16, 1, 5], asymmetric(0, 0, 2, 2)),
    .init("5x1 over one column", [16, 19, 1], [17, 16, 5, 1], asymmetric(2, 2, 0, 0)),
    .init("as large as the image", [16, 7, 7], [10, 16, 7, 7]),
    .init("2x2, padding 1 before", [3, 5, 5], [4, 3, 2, 2], asymmetric(1, 0, 1, 0)),
  ]

  /// Windows that jump.
  static let strided: [ConvolutionGeometry] = [
    .init(
      "7x7, stride 2, over a picture", [3, 17, 19], [16, 3, 7, 7],
      Window(stride: 2, padding: 3), rows: 1),
    .init(
      "3x3, stride 2, 15 to 17 channels", [15, 9, 11], [17, 15, 3, 3],
      Window(stride: 2, padding: 1)),
    .init("3x3, stride 2, even image", [16, 8, 8], [16, 16, 3, 3], Window(stride: 2, padding: 1)),
    .init("1x1, stride 2", [16, 7, 7], [32, 16, 1, 1], Window(stride: 2)),
    .init("1x1, stride 3, cells left over", [3, 8, 9], [4, 3, 1, 1], Window(stride: 3)),
    .init(
      "strides 2 and 1, uneven padding", [3, 8, 7], [4, 3, 3, 4],
      Window(stride: (2, 1), before: (1, 2), after: (0, 1))),
    .init(
      "strides 1 and 3, dilations 2 and 1", [5, 9, 13], [6, 5, 3, 2],
      Window(stride: (1, 3), before: (2, 0), after: (2, 1), dilation: (2, 1))),
    .init("4x4, stride 4, patches", [3, 16, 12], [17, 3, 4, 4], Window(stride: 4)),
    .init(
      "3x3, stride 2, dilation 3", [4, 13, 14], [5, 4, 3, 3],
      Window(stride: 2, padding: 3, dilation: 3)),
  ]

  /// Several groups.
  static let grouped: [ConvolutionGeometry] = [
    .init("2 groups of 3 channels", [6, 5, 5], [4, 3, 3, 3], Window(padding: 1), groups: 2),
    .init("3 groups of 11 channels", [33, 5, 4], [33, 11, 3, 3], Window(padding: 1), groups: 3),
    .init(
      "4 groups of 4 to 8 channels", [16, 6, 6], [32, 4, 3, 3], Window(padding: 1), groups: 4),
    .init("2 groups of 16 channels, 1x1", [32, 5, 5], [32, 16, 1, 1], groups: 2, rows: 5),
    .init(
      "32 groups of 4, stride 2", [128, 5, 5], [128, 4, 3, 3],
      Window(stride: 2, padding: 1), groups: 32),
    .init("depthwise, 17 channels", [17, 7, 9], [17, 1, 3, 3], Window(padding: 1), groups: 17),
    .init(
      "depthwise, 32 channels, stride 2", [32, 9, 9], [32, 1, 3, 3],
      Window(stride: 2, padding: 1), groups: 32),
    .init(
      "depthwise, stride 2, a wide image", [16, 3, 17], [16, 1, 3, 3],
      Window(stride: 2, padding: 1), groups: 16),
    .init(
      "depthwise, 2 filters a channel", [17, 5, 6], [34, 1, 3, 3],
      Window(padding: 1), groups: 17, rows: 1),
    .init(
      "depthwise 5x5, 33 channels, 5 rows", [33, 6, 7], [33, 1, 5, 5],
      Window(padding: 2), groups: 33, rows: 5),
    .init(
      "depthwise, dilation 2", [16, 8, 8], [16, 1, 3, 3],
      Window(padding: 2, dilation: 2), groups: 16),
  ]

  /// Pixels and filters, and for the gradients channels, around the tiles of 64 and 128 that GPUs
  /// compute in local memory.
  ///
  /// The first four reach all tiles of a kernel each with few products: a simulator rounds up to
  /// whole tiles.
  static let tiles: [ConvolutionGeometry] = [
    .init("a channel, 65 pixels, 65 filters", [1, 5, 13], [65, 1, 1, 1], rows: 1),
    .init("16 channels, 65 pixels, 65 filters", [16, 5, 13], [65, 16, 1, 1], rows: 1),
    .init("65 channels, 65 pixels, a filter", [65, 5, 13], [1, 65, 1, 1], rows: 1),
    .init("65 channels, a pixel, 65 filters", [65, 1, 1], [65, 65, 1, 1], rows: 1),
    .init("65 pixels of 5 rows, 65 filters", [17, 1, 13], [65, 17, 1, 1], rows: 5),
    .init("63 pixels, 129 filters", [17, 3, 7], [129, 17, 1, 1], rows: 3),
    .init("64 pixels, 127 filters", [17, 4, 8], [127, 17, 1, 1]),
    .init("127 pixels, 64 filters", [17, 1, 127], [64, 17, 1, 1], rows: 1),
    .init("128 pixels, 128 filters", [17, 8, 8], [128, 17, 1, 1]),
    .init("129 pixels, 63 filters", [17, 1, 43], [63, 17, 1, 1], rows: 3),
    .init("65 channels to 129", [65, 1, 13], [129, 65, 1, 1], rows: 5),
    .init("128 channels to 64", [128, 4, 8], [64, 128, 1, 1], rows: 4),
    .init(
      "127 channels to 65, stride 2", [127, 9, 15], [65, 127, 1, 1], Window(stride: 2), rows: 3),
    .init("a picture, 129 filters", [3, 8, 9], [129, 3, 3, 3], Window(padding: 1)),
    .init("3x3, 65 tiles of 4", [16, 1, 260], [65, 16, 3, 3], Window(padding: 1), rows: 1),
    .init("3x3, 33 filters, 3 pixels", [17, 1, 3], [33, 17, 3, 3], Window(padding: 1), rows: 1),
  ]

  private static func asymmetric(_ top: Int, _ bottom: Int, _ left: Int, _ right: Int) -> Window {
    Window(stride: (1, 1), before: (top, left), after: (bottom, right))
  }
}

extension Window {
  /// A window with its numbers as pairs of height and width.
  init(
    stride: (Int, Int), before: (Int, Int), after: (Int, Int), dilation: (Int, Int) = (1, 1)
  ) {
    self.init()
    self.stride = Pair(stride.0, stride.1)
    self.paddingBefore = Pair(before.0, before.1)
    self.paddingAfter = Pair(after.0, after.1)
    self.dilation = Pair(dilation.0, dilation.1)
  }
}
