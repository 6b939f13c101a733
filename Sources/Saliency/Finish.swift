import Graphs
import Operators
import Tensors

/// The common end of class-activation methods: from a small map to the finished one.
///
/// Every finish rectifies first. They differ in what comes next, as published codes do:
///
/// | finish | after ReLU |
/// |---|---|
/// | `default` | upsample, min-max (repository of Group-CAM) |
/// | `library` | min-max with 1e-7 in the denominator, upsample, the same again (pytorch-grad-cam) |
/// | `torchcam` | min-max with 1e-8 in the denominator, upsample (torch-cam) |
/// | `pair` | divide by the maximum, upsample (PAIR saliency) |
/// | `blog` | as `pair`; the blog then resizes to the picture's own size (Keras blog) |
/// | `raw` | upsample with aligned corners, nothing more (Torch7) |
///
/// Maps of several layers are fused at full size: see `Fusion`.
///
/// Division by zero never happens: a map that is constant before a min-max, or nowhere positive
/// before a division by its maximum, is finished as zeros.
public struct Finish: Sendable, Hashable {
  /// The order of the steps.
  public enum Order: String, Sendable, Hashable, CaseIterable {
    /// ReLU, upsample, min-max.
    case standard = "default"
    /// ReLU, min-max + 1e-7, upsample, min-max + 1e-7.
    case library
    /// ReLU, min-max + 1e-8, upsample.
    case torchcam
    /// ReLU, divide by the maximum, upsample.
    case pair
    /// The same as `pair` at the network's input size.
    case blog
    /// ReLU, upsample.
    case raw
  }

  /// How a small map becomes a large one.
  public enum Resize: String, Sendable, Hashable, CaseIterable {
    /// Pixel centres at half-integers.
    case halfPixel = "half-pixel"
    /// Corner pixels on corner pixels.
    case alignCorners = "align-corners"
  }

  /// The order of the steps.
  public var order: Order
  /// How small maps are upsampled.
  public var resize: Resize
  /// Whether negative values are cut off first.
  public var rectifies: Bool
  /// Where positive, the small map over its maximum becomes tanh(gamma · v), as in Layer-CAM.
  ///
  /// Equation 9 of the paper. `torchcam` rescales what its min-max made instead, as that code does.
  public var gamma: Float

  /// A finish.
  public init(
    order: Order = .standard, resize: Resize = .halfPixel, rectifies: Bool = true, gamma: Float = 0
  ) {
    self.order = order
    self.resize = resize
    self.rectifies = rectifies
    self.gamma = gamma
  }

  /// Finished maps `[T, 1, H, W]`, ranges `[T, 2]` before the last normalisation, and extremes
  /// `[T, 2]` of the finished maps, from maps `[T, 1, u, v]`.
  func apply(
    to map: Value, height: Int, width: Int, in builder: inout GraphBuilder
  ) throws(GraphError) -> (map: Value, ranges: Value, extremes: Value) {
    let (measured, finished) = try steps(map, height: height, width: width, in: &builder)
    return (finished, try builder.range(of: measured), try builder.range(of: finished))
  }

  /// The same from maps of several layers, `[T, 1, u, v]` each: fused at full size, then brought to
  /// [0, 1] once more; `torchcam` and `raw` leave the fused map as it is.
  ///
  /// `library` fuses the maps before its last min-max, as that code does.
  func apply(
    to maps: [Value], _ fusion: Fusion, height: Int, width: Int, in builder: inout GraphBuilder
  ) throws(GraphError) -> (map: Value, fused: Value, ranges: Value, extremes: Value) {
    var parts: [Value] = []
    for map in maps {
      let (measured, finished) = try steps(map, height: height, width: width, in: &builder)
      parts.append(order == .library ? measured : finished)
    }
    let fused = try fusion.fused(parts, in: &builder)
    let last: Value
    switch order {
    case .standard, .pair, .blog: last = try builder.add(MinMax(), [fused])
    case .library: last = try builder.minMax(fused, epsilon: 1e-7)
    case .torchcam, .raw: last = fused
    }
    return (last, fused, try builder.range(of: fused), try builder.range(of: last))
  }

  /// The map before its last normalisation, and the finished map, `[T, 1, H, W]`.
  private func steps(
    _ map: Value, height: Int, width: Int, in builder: inout GraphBuilder
  ) throws(GraphError) -> (measured: Value, finished: Value) {
    var start = rectifies ? try builder.add(ReLU(), [map]) : map
    if gamma > 0, order != .torchcam {
      start = try builder.tanh(builder.dividedByMaximum(start), gamma: gamma)
    }
    let shape = builder.shape(of: start)
    let upsample = ResizeBilinear(
      height: height, width: width, alignsCorners: resize == .alignCorners)
    let isSmall = shape[2] != height || shape[3] != width
    func enlarged(
      _ value: Value, in builder: inout GraphBuilder
    ) throws(GraphError) -> Value {
      isSmall ? try builder.add(upsample, [value]) : value
    }
    let measured: Value
    let finished: Value
    switch order {
    case .standard:
      measured = try enlarged(start, in: &builder)
      // A constant small map stays constant in exact arithmetic only: rounding in the upsampling
      // must not be stretched to [0, 1].
      let varies = try builder.varies(start)
      finished = try builder.add(Multiply(), [builder.add(MinMax(), [measured]), varies])
    case .library:
      let first = try builder.minMax(start, epsilon: 1e-7)
      measured = try enlarged(first, in: &builder)
      finished = try builder.minMax(measured, epsilon: 1e-7)
    case .torchcam:
      measured = start
      var normalised = try builder.minMax(start, epsilon: 1e-8)
      if gamma > 0 { normalised = try builder.tanh(normalised, gamma: gamma) }
      finished = try enlarged(normalised, in: &builder)
    case .pair, .blog:
      measured = start
      finished = try enlarged(builder.dividedByMaximum(start), in: &builder)
    case .raw:
      measured = try enlarged(start, in: &builder)
      finished = measured
    }
    return (measured, finished)
  }
}

extension GraphBuilder {
  /// Minimum and maximum of each row's only map: `[T, 2]` from `[T, 1, h, w]`.
  mutating func range(of map: Value) throws(GraphError) -> Value {
    let low = try add(ReduceMin(axes: [2, 3], keepsAxes: false), [map])
    let high = try add(ReduceMax(axes: [2, 3], keepsAxes: false), [map])
    return try add(Concat(axis: 1), [low, high])
  }

  /// 1 where a map has two different values, else 0: `[T, C, 1, 1]` from `[T, C, h, w]`.
  mutating func varies(_ maps: Value) throws(GraphError) -> Value {
    let low = try add(ReduceMin(axes: [2, 3], keepsAxes: true), [maps])
    let high = try add(ReduceMax(axes: [2, 3], keepsAxes: true), [maps])
    return try add(Step(), [add(Subtract(), [high, low])])
  }

  /// (v − min) / (max − min + epsilon).
  mutating func minMax(_ maps: Value, epsilon: Float) throws(GraphError) -> Value {
    let low = try add(ReduceMin(axes: [2, 3], keepsAxes: true), [maps])
    let shifted = try add(Subtract(), [maps, low])
    let high = try add(ReduceMax(axes: [2, 3], keepsAxes: true), [shifted])
    return try add(Divide(), [shifted, add(Add(), [high, constant(epsilon)])])
  }

  /// v / max, and zeros where the maximum is not positive.
  mutating func dividedByMaximum(_ maps: Value) throws(GraphError) -> Value {
    let high = try add(ReduceMax(axes: [2, 3], keepsAxes: true), [maps])
    let isPositive = try add(Step(), [high])
    let divisor = try orOne(high, where: isPositive)
    return try add(Multiply(), [add(Divide(), [maps, divisor]), isPositive])
  }

  /// tanh(gamma · v), as 2 / (1 + exp(−2·gamma·v)) − 1.
  mutating func tanh(_ value: Value, gamma: Float) throws(GraphError) -> Value {
    let sigmoid = try add(Sigmoid(), [add(Multiply(), [value, constant(2 * gamma)])])
    return try add(Subtract(), [add(Multiply(), [sigmoid, constant(2)]), constant(1)])
  }

  /// A divisor: the value where a flag is 1, and one where it is 0.
  mutating func orOne(_ value: Value, where flag: Value) throws(GraphError) -> Value {
    let kept = try add(Multiply(), [value, flag])
    return try add(Add(), [kept, add(Subtract(), [constant(1), flag])])
  }

  /// `[T, 1]`: 0 where every element of a row is finite, else NaN.
  mutating func finiteCheck(_ value: Value) throws(GraphError) -> Value {
    let axes = Array(1..<shape(of: value).rank)
    let zeros = try add(Multiply(), [value, constant(0)])
    let sum = try add(ReduceSum(axes: axes, keepsAxes: false), [zeros])
    return try add(Reshape([1, 1]), [sum])
  }
}
