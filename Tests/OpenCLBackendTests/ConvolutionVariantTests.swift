import Execution
import Graphs
import OpenCLBackend
import Operators
import Tensors
import Testing

/// Every compiled variant costs a second or two at the first start, so there are few.
@Suite("Few convolution kernels serve a network")
struct ConvolutionVariantTests {
  @Test("Group-CAM on ResNet-50: clean forward, backward to the tap, masked rows")
  func resNet50() async throws {
    let backend = try await Fixture.backend.value
    var builder = GraphBuilder()
    let image = builder.input("image", [1, 3, 224, 224])
    var network = ResNet50()
    let (tap, logits) = try network.add(to: image, &builder)
    let weights = builder.input("weights", [1, 1000])
    let score = try builder.add(
      ReduceSum(axes: [1], keepsAxes: true), [builder.add(Multiply(), [weights, logits])])
    let forward = try builder.finish(outputs: [logits, tap])
    let clean = try forward.backward(from: score, to: [tap], rules: .derivative)
    var kernels = try backend.kernels(of: clean, CompileOptions(capacity: 8))
    kernels += try backend.kernels(
      of: forward.with(outputs: [logits]), CompileOptions(capacity: 33))
    let convolutions = kernels.filter { $0.path.contains("conv2d") }
    // 53 convolutions, forward twice; a Winograd one takes three launches.
    #expect(convolutions.count >= 2 * 53)
    let distinct = Set(convolutions)
    #expect(distinct.count <= 14, "\(distinct.map { "\($0) \($0.defines)" }.sorted())")
  }
}

/// ResNet-50 with its batch norms folded (He, Zhang, Ren, Sun, 2016).
private struct ResNet50 {
  private var count = 0

  /// The last block's output `[1, 2048, 7, 7]` and the logits `[1, 1000]`.
  mutating func add(
    to image: Value, _ builder: inout GraphBuilder
  ) throws -> (tap: Value, logits: Value) {
    var x = try convolution(image, 64, kernel: 7, stride: 2, &builder)
    x = try builder.add(ReLU(), [x])
    x = try builder.add(
      MaxPool(kernel: .init(3, 3), window: Window(stride: 2, padding: 1), ceilMode: false), [x])
    for (stage, blocks) in [3, 4, 6, 3].enumerated() {
      for block in 0..<blocks {
        let stride = stage > 0 && block == 0 ? 2 : 1
        x = try bottleneck(
          x, 64 << stage, stride: stride, hasShortcut: block == 0, &builder)
      }
    }
    let pooled = try builder.add(GlobalAveragePool(), [x])
    let flat = try builder.add(Reshape([1, 2048]), [pooled])
    let logits = try builder.add(
      Linear(), [flat, builder.parameter("fc", [1000, 2048]), builder.parameter("fc.b", [1000])])
    return (x, logits)
  }

  private mutating func bottleneck(
    _ x: Value, _ width: Int, stride: Int, hasShortcut: Bool, _ builder: inout GraphBuilder
  ) throws -> Value {
    var y = try builder.add(ReLU(), [convolution(x, width, kernel: 1, stride: 1, &builder)])
    y = try builder.add(ReLU(), [convolution(y, width, kernel: 3, stride: stride, &builder)])
    y = try convolution(y, 4 * width, kernel: 1, stride: 1, &builder)
    let shortcut =
      hasShortcut ? try convolution(x, 4 * width, kernel: 1, stride: stride, &builder) : x
    return try builder.add(ReLU(), [builder.add(Add(), [y, shortcut])])
  }

  private mutating func convolution(
    _ x: Value, _ filters: Int, kernel: Int, stride: Int, _ builder: inout GraphBuilder
  ) throws -> Value {
    count += 1
    let channels = builder.shape(of: x)[1]
    return try builder.add(
      Conv2D(window: Window(stride: stride, padding: kernel / 2)),
      [
        x, builder.parameter(ParameterName("w\(count)"), [filters, channels, kernel, kernel]),
        builder.parameter(ParameterName("b\(count)"), [filters]),
      ])
  }
}
