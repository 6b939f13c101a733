import Execution
import Graphs
import OpenCLBackend
import Operators
import ReferenceBackend
import Tensors
import Testing

@Suite("Weights in an arena are updated in place")
struct ArenaTests {
  private static let shapes: [Shape] = [[33, 17, 3, 3], [33]]

  /// A step of descent over an arena; the state is read once more where it is watched.
  private func update(isWatched: Bool = false) throws -> Graph {
    let count = Arena.offsets(of: Self.shapes)[2]
    var builder = GraphBuilder()
    let state = builder.input("state", [2, count], rows: nil)
    let gradient = builder.input("gradient", [count], rows: nil)
    let rate = builder.input("rate", [1], rows: nil)
    let rule = SGDUpdate(momentum: 0.9, decay: 0, isNesterov: false)
    let next = try builder.add(rule, [state, gradient, rate])
    guard isWatched else { return try builder.finish(outputs: [next]) }
    return try builder.finish(outputs: [next, builder.add(Add(), [state, state])])
  }

  private func values(_ graph: Graph) -> [HostTensor<Float>] {
    graph.inputs.enumerated().map { Fixture.noise(graph[$1].shape, seed: UInt64($0 + 1)) }
  }

  @Test("a donated state is overwritten, with the numbers of the reference")
  func donatedStateIsOverwritten() async throws {
    let backend = try await Fixture.backend.value
    let graph = try update()
    let inputs = values(graph)
    let expected = try await Fixture.run(graph, inputs, [:], capacity: 1, on: ReferenceBackend())
    for donated in [[0] as Set, []] {
      let executable = try await backend.compile(
        graph, CompileOptions(capacity: 1, donated: donated))
      var resident: [any ResidentTensor] = []
      for input in inputs { resident.append(try await backend.upload(input)) }
      let parameters = try await backend.upload([:])
      let state = try #require(resident[0] as? OpenCLTensor)
      let next = try #require(try await executable.run(resident, parameters)[0] as? OpenCLTensor)
      #expect((next === state) == !donated.isEmpty)
      let found = try await next.download()
      #expect(ErrorMetrics(found: found, expected: expected[0]).normalised < 1e-6)
    }
  }

  @Test("a state that somebody else reads is not overwritten")
  func watchedStateIsKept() async throws {
    let backend = try await Fixture.backend.value
    let graph = try update(isWatched: true)
    let executable = try await backend.compile(graph, CompileOptions(capacity: 1, donated: [0]))
    var resident: [any ResidentTensor] = []
    for input in values(graph) { resident.append(try await backend.upload(input)) }
    let outputs = try await executable.run(resident, try await backend.upload([:]))
    #expect(try await resident[0].download() == values(graph)[0])
    let double = try await outputs[1].download()
    #expect(double.elements == values(graph)[0].elements.map { 2 * $0 })
  }

  /// A convolution with the weights `w` and `b`.
  private func network() throws -> Graph {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 17, 9, 8])
    let weights = zip(["w", "b"] as [ParameterName], Self.shapes).map { builder.parameter($0, $1) }
    let y = try builder.add(Conv2D(window: Window(padding: 1)), [x] + weights)
    return try builder.finish(outputs: [y])
  }

  @Test("what is packed from weights of an arena follows it from step to step")
  func packedFormsFollow() async throws {
    let backend = try await Fixture.backend.value
    let graph = try network()
    let x = Fixture.noise([3, 17, 9, 8], seed: 9)
    let image = try await backend.upload(x)
    let executable = try await backend.compile(graph, CompileOptions(capacity: 3))
    let other = try await backend.compile(graph, CompileOptions(capacity: 3))
    let sources = zip(["w", "b"] as [ParameterName], Self.shapes).map {
      ($0, HostWeights(HostTensor($1, filledWith: 0)) as any WeightSource)
    }
    let parameters = try await backend.upload(Dictionary(uniqueKeysWithValues: sources))
    let offsets = Arena.offsets(of: Self.shapes)
    for seed in 1...3 {
      let state = Fixture.noise([2, offsets[2]], seed: UInt64(seed))
      let arena = try await backend.upload(state)
      try await parameters.replace(["w": offsets[0], "b": offsets[1]], with: arena)
      // Both ask for the same forms, which are made once.
      async let again = other.run([image], parameters)[0].download()
      let found = try await executable.run([image], parameters)[0].download()
      let weights = zip(Self.shapes, offsets).map { shape, offset in
        HostTensor(shape, Array(state.elements[offset..<offset + shape.elementCount]))
      }
      let expected = try await Fixture.run(
        graph, [x], ["w": weights[0], "b": weights[1]], capacity: 3, on: backend)
      let second = try await again
      #expect(found == expected[0] && second == expected[0])
    }
  }

  @Test("an unknown weight, and one that does not lie in the arena, are refused")
  func strangePlacesAreRefused() async throws {
    let backend = try await Fixture.backend.value
    for engine in [backend, ReferenceBackend()] as [any Backend] {
      let parameters = try await engine.upload([
        "b": HostWeights(HostTensor([200], filledWith: 0))
      ])
      let arena = try await engine.upload(HostTensor([256], filledWith: 1))
      try await parameters.replace(["b": 0], with: arena)
      await #expect(throws: BackendError.self) {
        try await parameters.replace(["c": 0], with: arena)
      }
      await #expect(throws: BackendError.self) {
        try await parameters.replace(["b": 128], with: arena)
      }
      await #expect(throws: BackendError.self) {
        try await parameters.replace(["b": -128], with: arena)
      }
    }
  }
}
