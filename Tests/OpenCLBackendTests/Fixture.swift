import Execution
import Foundation
import Graphs
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import Operators
import ReferenceBackend
import Tensors
import Testing

/// The CPU device of this machine, opened once for all tests.
enum Fixture {
  static let backend = Task { () throws -> OpenCLBackend in
    let devices = try Device.all()
    let device = try #require(devices.first { $0.kind == .cpu })
    return OpenCLBackend(queue: try DeviceQueue(device: device, library: KernelLibrary()))
  }

  /// Numbers in [-1, 1) from a seed, the same everywhere.
  static func noise(_ shape: Shape, seed: UInt64) -> HostTensor<Float> {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    return HostTensor(shape) { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(1 << 30) - 1
    }
  }

  /// The outputs of a graph on an engine.
  static func run(
    _ graph: Graph, _ inputs: [HostTensor<Float>], _ weights: [ParameterName: HostTensor<Float>],
    capacity: Int, on backend: some Backend
  ) async throws -> [HostTensor<Float>] {
    let executable = try await backend.compile(graph, CompileOptions(capacity: capacity))
    let parameters = try await backend.upload(
      weights.mapValues { HostWeights($0) as any WeightSource })
    var resident: [any ResidentTensor] = []
    for input in inputs { resident.append(try await backend.upload(input)) }
    var outputs: [HostTensor<Float>] = []
    for output in try await executable.run(resident, parameters) {
      outputs.append(try await output.download())
    }
    return outputs
  }
}

/// A residual block with a stem of three channels, a strided convolution and a pointwise one.
struct ResidualBlock {
  let graph: Graph
  let weights: [ParameterName: HostTensor<Float>]

  init() throws {
    var builder = GraphBuilder()
    var weights: [ParameterName: HostTensor<Float>] = [:]
    func parameter(_ name: ParameterName, _ shape: Shape, _ builder: inout GraphBuilder) -> Value {
      weights[name] = Fixture.noise(shape, seed: UInt64(weights.count + 1))
      return builder.parameter(name, shape)
    }
    let image = builder.input("image", [1, 3, 19, 17])
    let stem = try builder.add(
      Conv2D(window: Window(stride: 2, padding: 3)),
      [image, parameter("stem", [20, 3, 7, 7], &builder), parameter("stem.b", [20], &builder)])
    let x = try builder.add(ReLU(), [stem])
    let branch = try builder.add(
      Conv2D(window: Window(padding: 1)),
      [x, parameter("a", [33, 20, 3, 3], &builder), parameter("a.b", [33], &builder)])
    let narrow = try builder.add(ReLU(), [branch])
    let wide = try builder.add(
      Conv2D(),
      [narrow, parameter("b", [20, 33, 1, 1], &builder), parameter("b.b", [20], &builder)])
    let sum = try builder.add(Add(), [wide, x])
    let output = try builder.add(ReLU(), [sum])
    self.graph = try builder.finish(outputs: [output])
    self.weights = weights
  }
}
