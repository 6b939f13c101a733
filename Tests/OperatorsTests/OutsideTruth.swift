import Foundation
import Graphs
import Operators
import Tensors

/// One record of `Tests/Fixtures/operators`, as `Tools/reference/operator_truth.py` writes it.
struct TruthRecord: Decodable, Sendable, CustomStringConvertible {
  struct Tensor: Decodable, Sendable {
    let shape: [Int]
    let values: [Double]

    var tensor: HostTensor<Double> { HostTensor(Shape(shape), values) }
  }

  let `operator`: String
  let name: String
  let parameters: [String: [Double]]
  let limit: Double
  let inputs: [Tensor]
  let output: Tensor
  let upstream: Tensor?
  let gradients: [Tensor?]?

  var description: String { "\(self.operator): \(name)" }

  /// The records of all files, by file name.
  static func load() throws -> [TruthRecord] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/operators")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return try files.filter { $0.pathExtension == "json" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
      .flatMap { try JSONDecoder().decode([TruthRecord].self, from: Data(contentsOf: $0)) }
  }
}

/// A record that names something the tests do not know.
struct UnknownTruth: Error {
  let what: String
}

extension TruthRecord {
  /// The operator with the parameters of the record.
  func operation() throws -> any Operator {
    switch self.operator {
    case "add": Add()
    case "subtract": Subtract()
    case "multiply": Multiply()
    case "divide": Divide()
    case "relu": ReLU()
    case "sigmoid": Sigmoid()
    case "silu": SiLU()
    case "hard_swish": HardSwish()
    case "logarithm": Logarithm()
    case "linear": Linear()
    case "global_average_pool": GlobalAveragePool()
    case "min_max": MinMax()
    case "weighted_channel_sum": WeightedChannelSum()
    case "masked_blend": MaskedBlend()
    case "gather": Gather()
    case "clamp": Clamp(lower: try float("limits"), upper: try float("limits", 1))
    case "hard_sigmoid": HardSigmoid(slope: try float("line"), offset: try float("line", 1))
    case "batch_norm": BatchNorm(epsilon: try float("epsilon"))
    case "conv2d": Conv2D(window: try window(), groups: try int("groups"))
    case "max_pool":
      MaxPool(kernel: try pair("kernel"), window: try window(), ceilMode: try flag("ceil"))
    case "average_pool":
      AveragePool(
        kernel: try pair("kernel"), window: try window(), ceilMode: try flag("ceil"),
        countsPadding: try flag("counts"))
    case "softmax": Softmax(axis: try int("axis"))
    case "top_k":
      TopK(count: try int("count"), part: try flag("positions") ? .positions : .values)
    case "percentile": Percentile(theta: try float("theta"), axes: try ints("axes"))
    case "group_sum": GroupSum(groups: try int("groups"), split: .chunk)
    case "gaussian_blur": GaussianBlur(size: try int("size"), sigma: try float("sigma"))
    case "resize_bilinear":
      ResizeBilinear(
        height: try int("size"), width: try int("size", 1), alignsCorners: try flag("aligned"))
    default: try reduction()
    }
  }

  private func reduction() throws -> any Operator {
    let (axes, keeps) = (try ints("axes"), try flag("keeps"))
    switch self.operator {
    case "reduce_sum": return ReduceSum(axes: axes, keepsAxes: keeps)
    case "reduce_mean": return ReduceMean(axes: axes, keepsAxes: keeps)
    case "reduce_min": return ReduceMin(axes: axes, keepsAxes: keeps)
    case "reduce_max": return ReduceMax(axes: axes, keepsAxes: keeps)
    case "arg_min": return ArgMin(axes: axes, keepsAxes: keeps)
    case "arg_max": return ArgMax(axes: axes, keepsAxes: keeps)
    default: throw UnknownTruth(what: self.operator)
    }
  }

  private func ints(_ name: String) throws -> [Int] {
    guard let numbers = parameters[name] else { throw UnknownTruth(what: name) }
    return numbers.map { Int($0) }
  }

  private func int(_ name: String, _ place: Int = 0) throws -> Int { try ints(name)[place] }

  private func flag(_ name: String) throws -> Bool { try int(name) == 1 }

  private func float(_ name: String, _ place: Int = 0) throws -> Float {
    guard let numbers = parameters[name] else { throw UnknownTruth(what: name) }
    return Float(numbers[place])
  }

  private func pair(_ name: String) throws -> Window.Pair {
    Window.Pair(try int(name), try int(name, 1))
  }

  private func window() throws -> Window {
    var window = Window()
    window.stride = try pair("stride")
    window.dilation = try pair("dilation")
    let padding = try ints("padding")
    window.paddingBefore = Window.Pair(padding[0], padding[1])
    window.paddingAfter = Window.Pair(padding[2], padding[3])
    return window
  }
}
