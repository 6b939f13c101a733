import Graphs
import Operators
import Tensors
import Testing

@Suite("A value lives until its last reader")
struct LivenessTests {
  @Test("values that no output needs are dead, outputs live to the end")
  func lastUses() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 3])
    let unused = builder.input("unused", [1, 3])
    let w = builder.parameter("w", [3])
    let a = try builder.add(ReLU(), [x])
    let dead = try builder.add(Sigmoid(), [a])
    let deader = try builder.add(Add(), [dead, w])
    let b = try builder.add(Add(), [a, x])
    let c = try builder.add(Multiply(), [a, b])
    let graph = try builder.finish(outputs: [c, a])
    let live = graph.liveness
    #expect(live.lastUse(of: x) == b.id)
    #expect(live.lastUse(of: b) == c.id)
    #expect(live.lastUse(of: a) == graph.nodes.count)
    #expect(live.lastUse(of: c) == graph.nodes.count)
    for value in [unused, w, dead, deader] { #expect(!live.isNeeded(value)) }
    #expect(graph.parameters.isEmpty)
    #expect(graph.with(outputs: [deader]).parameters.map(\.name) == ["w"])
  }

  @Test("the peak counts what is alive at once, rows of what has rows")
  func peakIsWhatIsAlive() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 3])
    let w = try builder.add(ReLU(), [builder.parameter("w", [3])])
    let a = try builder.add(ReLU(), [x])
    let b = try builder.add(Multiply(), [a, w])
    let c = try builder.add(ReLU(), [b])
    let d = try builder.add(ReLU(), [c])
    let graph = try builder.finish(outputs: [d])
    // w and a and b: w has no rows.
    #expect(graph.peakElementCount(rows: 1) == 9)
    #expect(graph.peakElementCount(rows: 5) == 33)
    #expect(graph.with(outputs: [a]).peakElementCount(rows: 5) == 15)
  }

  @Test("a backward pass of ReLUs needs their outputs and not their inputs")
  func reluForgetsItsInput() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 2, 3, 3])
    let w = builder.parameter("w", [2, 2, 1, 1])
    let y = try builder.add(Conv2D(), [x, w])
    let z = try builder.add(ReLU(), [y])
    let joint = try builder.finish(outputs: [z]).backward(from: z, to: [x])
    #expect(joint.consumers(of: y).map(\.value) == [z])
    #expect(joint.liveness.lastUse(of: y) == z.id)
  }

  @Test("gradients that were not asked for are never computed")
  func unwantedGradientsAreDead() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 2, 3, 3])
    let y = try builder.add(
      Conv2D(), [x, builder.parameter("w", [2, 2, 1, 1]), builder.parameter("b", [2])])
    let graph = try builder.finish(outputs: [y])
    func names(_ joint: Graph) -> Set<String> {
      let live = joint.liveness
      return Set(joint.nodes.filter { live.isNeeded($0.value) }.compactMap { $0.operation?.name })
    }
    let forX = try graph.backward(from: y, to: [x])
    #expect(names(forX) == ["conv2d", "ones", "conv2d_data_gradient"])
    let parameters = graph.nodes.filter { $0.value != x && $0.value != y }.map(\.value)
    let forWeights = try graph.backward(from: y, to: parameters)
    #expect(names(forWeights) == ["conv2d", "ones", "conv2d_weight_gradient", "reduce_sum"])
  }
}
