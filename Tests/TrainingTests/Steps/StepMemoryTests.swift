import Graphs
import Models
import OpenCLBackend
import Operators
import Tensors
import Testing
import Training

@Suite("The memory of a step")
struct StepMemoryTests {
  /// The bytes of what gradients need of a forward pass, and of the largest of these values: what
  /// convolutions, linear layers and normalisations read, and what convolutions make.
  private func kept(of graph: Graph, rows: Int) -> (all: Int, largest: Int) {
    var values: Set<Value> = []
    for node in graph.nodes {
      let operation = node.operation
      guard operation is Conv2D || operation is Linear || operation is BatchNorm else { continue }
      values.insert(node.inputs[0])
      if operation is Conv2D { values.insert(node.value) }
    }
    let sizes = values.map { 4 * rows * graph[$0].shape.elementCount }
    return (sizes.reduce(0, +), sizes.max() ?? 0)
  }

  @Test(
    "is that of gradients, of what they need of the forward pass, and of eight activations at most",
    arguments: [Architecture.resNet18, .vgg11BN, .mobileNetV2, .denseNet121])
  func isBounded(architecture: Architecture) async throws {
    let graph = try architecture.blueprint(classCount: 10, size: (128, 128)).graph
    let backend = RehearsalBackend(try await Engines.openCL.value)
    let step = try await CompiledStep(graph, TrainingOptions(), capacity: 8, on: backend)
    let kept = kept(of: graph, rows: 8)
    let gradients = 4 * graph.parameters.reduce(0) { $0 + $1.shape.elementCount }
    #expect(step.byteCount > kept.all)
    #expect(step.byteCount < kept.all + gradients + 8 * kept.largest)
  }
}
