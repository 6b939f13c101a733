import Graphs
import Operators
import Tensors

/// Operators with any parameters and shapes of any extents, as a damaged file might hold them.
enum Hostile {
  /// Makes operators of one type.
  struct Maker: Sendable, CustomStringConvertible {
    let description: String
    let operation: @Sendable (inout SplitMix) -> any Operator

    init<T: Operator>(_ make: @escaping @Sendable (inout SplitMix) -> T) {
      description = T.name
      operation = { make(&$0) }
    }
  }

  static let integers = [
    Int.min, -1 << 40, -2, -1, 0, 1, 1, 1, 2, 2, 3, 3, 4, 7, 16, 64, 1 << 16, 1 << 20, 1 << 30,
    1 << 31, 1 << 33, 1 << 62, Int.max - 1, Int.max,
  ]

  static func integer(_ generator: inout SplitMix) -> Int {
    integers[Int(generator.next() >> 33) % integers.count]
  }

  /// Mostly small, so that some shapes pass the first checks.
  static func extent(_ generator: inout SplitMix) -> Int {
    generator.next() % 4 == 0 ? integer(&generator) : 1 + Int(generator.next() >> 33) % 4
  }

  static func shape(_ generator: inout SplitMix, rank: Int? = nil) -> Shape {
    let rank = rank ?? Int(generator.next() >> 33) % 6
    return Shape((0..<rank).map { _ in extent(&generator) })
  }

  static func shapes(_ generator: inout SplitMix) -> [Shape] {
    let count = Int(generator.next() >> 33) % 6
    let usual = generator.next() % 2 == 0
    let first = shape(&generator, rank: usual ? 4 : nil)
    return (0..<count).map { place in
      if place == 0 || generator.next() % 3 == 0 { return first }
      return shape(&generator, rank: generator.next() % 2 == 0 ? first.rank : nil)
    }
  }

  static func float(_ generator: inout SplitMix) -> Float {
    let floats: [Float] = [0, 1, -1, 50, 100, 101, .infinity, -.infinity, .nan, 1e-40, 3e38]
    return floats[Int(generator.next() >> 33) % floats.count]
  }

  static func axes(_ generator: inout SplitMix) -> [Int] {
    (0..<Int(generator.next() >> 33) % 4).map { _ in extent(&generator) &- 1 }
  }

  static func flag(_ generator: inout SplitMix) -> Bool { generator.next() % 2 == 0 }

  static func pair(_ generator: inout SplitMix) -> Window.Pair {
    Window.Pair(extent(&generator), extent(&generator))
  }

  static func window(_ generator: inout SplitMix) -> Window {
    var window = Window()
    if flag(&generator) { window.stride = pair(&generator) }
    if flag(&generator) { window.paddingBefore = pair(&generator) }
    if flag(&generator) { window.paddingAfter = pair(&generator) }
    if flag(&generator) { window.dilation = pair(&generator) }
    return window
  }

  static func conv(_ generator: inout SplitMix) -> Conv2D {
    Conv2D(window: window(&generator), groups: extent(&generator))
  }

  static func maxPool(_ generator: inout SplitMix) -> MaxPool {
    MaxPool(
      kernel: pair(&generator), window: window(&generator), ceilMode: flag(&generator))
  }

  static func averagePool(_ generator: inout SplitMix) -> AveragePool {
    AveragePool(
      kernel: pair(&generator), window: window(&generator), ceilMode: flag(&generator),
      countsPadding: flag(&generator))
  }

  static func resize(_ generator: inout SplitMix) -> ResizeBilinear {
    ResizeBilinear(
      height: extent(&generator), width: extent(&generator), alignsCorners: flag(&generator))
  }

  static func blur(_ generator: inout SplitMix) -> GaussianBlur {
    GaussianBlur(size: extent(&generator), sigma: float(&generator))
  }

  static func groupSum(_ generator: inout SplitMix) -> GroupSum {
    GroupSum(groups: extent(&generator), split: flag(&generator) ? .balanced : .chunk)
  }

  static func percentile(_ generator: inout SplitMix) -> Percentile {
    Percentile(theta: float(&generator), axes: axes(&generator))
  }

  static func range(_ generator: inout SplitMix) -> Range<Int> {
    let ends = [integer(&generator), integer(&generator)].sorted()
    return ends[0]..<ends[1]
  }

  static let operators: [Maker] = windows + reductions + others

  private static let windows: [Maker] = [
    Maker { conv(&$0) },
    Maker { Conv2DDataGradient(conv(&$0), inputHeight: extent(&$0), inputWidth: extent(&$0)) },
    Maker { Conv2DWeightGradient(conv(&$0), kernelHeight: extent(&$0), kernelWidth: extent(&$0)) },
    Maker { maxPool(&$0) },
    Maker { MaxPoolGradient(maxPool(&$0)) },
    Maker { averagePool(&$0) },
    Maker {
      AveragePoolGradient(averagePool(&$0), inputHeight: extent(&$0), inputWidth: extent(&$0))
    },
    Maker { _ in GlobalAveragePool() },
    Maker { resize(&$0) },
    Maker {
      ResizeBilinearGradient(resize(&$0), inputHeight: extent(&$0), inputWidth: extent(&$0))
    },
    Maker { blur(&$0) },
    Maker { GaussianBlurGradient(blur(&$0)) },
  ]

  private static let reductions: [Maker] = [
    Maker { ReduceSum(axes: axes(&$0), keepsAxes: flag(&$0)) },
    Maker { ReduceMean(axes: axes(&$0), keepsAxes: flag(&$0)) },
    Maker { ReduceMin(axes: axes(&$0), keepsAxes: flag(&$0)) },
    Maker { ReduceMax(axes: axes(&$0), keepsAxes: flag(&$0)) },
    Maker { ArgMin(axes: axes(&$0), keepsAxes: flag(&$0)) },
    Maker { ArgMax(axes: axes(&$0), keepsAxes: flag(&$0)) },
    Maker { Softmax(axis: integer(&$0)) },
    Maker { LogSoftmax(axis: integer(&$0)) },
    Maker { _ in BatchVariance() },
    Maker { BatchNormScaleGradient(epsilon: float(&$0)) },
    Maker { TopK(count: extent(&$0), part: flag(&$0) ? .values : .positions) },
    Maker { OneHot(depth: extent(&$0)) },
    Maker { percentile(&$0) },
    Maker { PercentileGradient(percentile(&$0)) },
  ]

  private static let others: [Maker] = [
    Maker { _ in Accumulate() },
    Maker { _ in Ones() },
    Maker { _ in ReLU() },
    Maker { Clamp(lower: float(&$0), upper: float(&$0)) },
    Maker { _ in Sigmoid() },
    Maker { _ in SiLU() },
    Maker { HardSigmoid(slope: float(&$0), offset: float(&$0)) },
    Maker { _ in HardSwish() },
    Maker { _ in Logarithm() },
    Maker { _ in SquareRoot() },
    Maker { Step(lower: float(&$0), upper: float(&$0)) },
    Maker { _ in Add() },
    Maker { _ in Subtract() },
    Maker { _ in Multiply() },
    Maker { _ in Divide() },
    Maker { _ in Broadcast() },
    Maker { _ in Linear() },
    Maker { _ in LinearDataGradient() },
    Maker { _ in LinearWeightGradient() },
    Maker { BatchNorm(epsilon: float(&$0)) },
    Maker { BatchNormGradient(epsilon: float(&$0)) },
    Maker { SGDUpdate(momentum: float(&$0), decay: float(&$0), isNesterov: flag(&$0)) },
    Maker {
      AdamWUpdate(
        beta1: float(&$0), beta2: float(&$0), epsilon: float(&$0), decay: float(&$0))
    },
    Maker { _ in Arena() },
    Maker { Concat(axis: integer(&$0)) },
    Maker { Slice(axis: integer(&$0), range: range(&$0)) },
    Maker { Pad(axis: integer(&$0), before: extent(&$0), after: integer(&$0)) },
    Maker { Reshape(shape(&$0)) },
    Maker { Transpose(axes(&$0)) },
    Maker { _ in WeightedChannelSum() },
    Maker { groupSum(&$0) },
    Maker { GroupSpread(groupSum(&$0), channels: extent(&$0)) },
    Maker { _ in MinMax() },
    Maker { _ in PrincipalMap() },
    Maker { _ in Rank() },
    Maker { _ in LinearImputation() },
    Maker { _ in Gather() },
    Maker { _ in ScatterAdd() },
    Maker { _ in MaskedBlend() },
    Maker {
      RandomGrid(
        seed: UInt64(extent(&$0).magnitude), cells: extent(&$0), keep: 0.5, height: extent(&$0),
        width: extent(&$0))
    },
    Maker { ShiftedGrid(cells: extent(&$0), height: extent(&$0), width: extent(&$0)) },
    Maker {
      RandomNumbers(
        flag(&$0) ? .uniform : .normal, seed: UInt64(extent(&$0).magnitude), stream: .noise,
        block: shape(&$0))
    },
  ]
}
