import Execution
import Graphs
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import Operators
import Saliency
import Tensors
import Testing

/// The device memory of masked runs grows neither with channels nor with masks.
@Suite("Memory does not grow with masks", .serialized)
struct MaskMemoryTests {
  /// 2,048 channels of 7 x 7 over pictures of 224 x 224, and hardly any arithmetic.
  private static func network() throws -> (graph: Graph, weights: [ParameterName: HostWeights]) {
    var builder = GraphBuilder()
    var weights: [ParameterName: HostWeights] = [:]
    func parameter(_ name: ParameterName, _ shape: Shape, in builder: inout GraphBuilder) -> Value {
      weights[name] = HostWeights(
        HostTensor(shape) { Float(($0 &* 7919) % 1009) / 1009 - 0.5 })
      return builder.parameter(name, shape)
    }
    let x = builder.input("x", [1, 3, 224, 224])
    let stem = Conv2D(window: Window(stride: 32))
    let first = parameter("stem.w", [16, 3, 32, 32], in: &builder)
    let small = try builder.add(ReLU(), [builder.add(stem, [x, first])])
    let second = parameter("wide.w", [2048, 16, 1, 1], in: &builder)
    let wide = try builder.add(ReLU(), [builder.add(Conv2D(), [small, second])])
    builder.tap("wide", wide, kind: .module)
    let pooled = try builder.add(Reshape([1, 2048]), [builder.add(GlobalAveragePool(), [wide])])
    let head = parameter("head.w", [5, 2048], in: &builder)
    let bias = parameter("head.b", [5], in: &builder)
    let logits = try builder.add(Linear(), [pooled, head, bias])
    return (try builder.finish(outputs: [logits]), weights)
  }

  /// The peak of device memory while a method explains a picture.
  private func peak(
    _ name: String, _ settings: [String: String], images: Int = 1
  ) async throws -> Int {
    let device = try #require(try Device.all().first { $0.kind == .cpu })
    let queue = try DeviceQueue(device: device, library: KernelLibrary())
    let backend = OpenCLBackend(queue: queue)
    let (graph, weights) = try Self.network()
    let pictures = HostTensor<Float>([images, 3, 224, 224]) { Float(($0 &* 31) % 257) / 128 - 1 }
    let session = try Session(
      network: graph, parameters: try await backend.upload(weights),
      images: try await backend.upload(pictures), backend: backend)
    let method = try Catalogue.explainer(named: name, settings: settings)
    let targets = (0..<images).map { Target(image: $0, choice: .top(1)) }
    let found = try await method.explain(targets, at: "wide", with: session)
    let map = try await found.maps.download()
    #expect(map.elements.allSatisfy { $0.isFinite })
    let passes = found.passes.reduce(0) { $0 + $1.forwards + $1.tails }
    #expect(passes > 100)
    return queue.budget.peakByteCount
  }

  @Test(
    "a few and many",
    arguments: [
      ("score-cam", ["channels": "256"], ["channels": "0"]),
      ("rise", ["masks": "256"], ["masks": "2048"]),
      ("group-cam", ["groups": "256"], ["groups": "2048"]),
    ])
  func fewAndMany(name: String, few: [String: String], many: [String: String]) async throws {
    let less = try await peak(name, few)
    let more = try await peak(name, many)
    #expect(Double(more) <= 1.02 * Double(less), "\(name): \(less) and \(more) bytes")
    #expect(less > 1 << 20)
  }

  @Test("no buffer holds all masked images: the whole peak is less than that")
  func noBufferOfAllMaskedImages() async throws {
    let images = 16
    let allMasked = images * 33 * 3 * 224 * 224 * 4
    #expect(try await peak("group-cam", ["groups": "32"], images: images) < allMasked)
  }
}
