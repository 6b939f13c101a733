import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// The session on a small random network, on the reference backend.
@Suite struct SessionTests {
  static let groups = ["groups": "6", "theta": "40"]

  @Test func liveMasksOfAllImagesAreCountedAndPacked() async throws {
    let network = try TinyNetwork(classes: 5)
    let session = try await network.session(
      TinyNetwork.pictures(5), options: SessionOptions(rows: 8))
    let method = try GroupCAM(settings: ["groups": "12"])
    let found = try await method.explain(
      topTargets(0..<5), at: TinyNetwork.layer, with: session)
    let live = try #require(try await found.live?.download())
    let rows = live.elements.count { $0 > 0 }
    #expect(rows > 5 && rows < 65)
    let statistics = await session.statistics
    #expect(statistics.capacity == 8)
    #expect(statistics.maskedRows == rows)
    #expect(statistics.maskedRuns == (rows + 7) / 8)
    #expect(statistics.cleanForwards == 5 && statistics.backwards == 5)
    #expect(found.passes.map(\.forwards).reduce(0, +) == rows + 5)
  }

  @Test(arguments: [1, 2, 7])
  func mapsDoNotDependOnTheCapacity(rows: Int) async throws {
    let network = try TinyNetwork(classes: 5)
    let pictures = TinyNetwork.pictures(5)
    let method = try GroupCAM(settings: Self.groups)
    let whole = try await method.maps(
      topTargets(0..<5), with: network.session(pictures))
    let options = SessionOptions(rows: rows)
    let pieces = try await method.maps(
      topTargets(0..<5), with: network.session(pictures, options: options))
    #expect(same(pieces, whole))
    #expect(whole.elements.contains { $0 == 1 })
  }

  @Test func mapsDoNotDependOnTheOtherImages() async throws {
    let network = try TinyNetwork(classes: 5)
    let pictures = TinyNetwork.pictures(5)
    for method in [try GradCAM() as any Explainer, try GroupCAM(settings: Self.groups)] {
      let together = try await method.maps(topTargets(0..<5), with: network.session(pictures))
      for image in 0..<5 {
        let alone = try await network.session(pictures.rows(image..<image + 1))
        let map = try await method.maps(topTargets(0..<1), with: alone)
        #expect(same(map, together.rows(image..<image + 1)))
      }
    }
  }

  @Test func severalTargetsMayShareAnImage() async throws {
    let network = try TinyNetwork(classes: 5)
    let session = try await network.session(TinyNetwork.pictures(2))
    let targets = [
      Target(image: 1, choice: .outputs([.init(index: 3)])),
      Target(image: 0, choice: .outputs([.init(index: 2)])),
      Target(image: 1, choice: .outputs([.init(index: 0)])),
    ]
    let method = try GroupCAM(settings: Self.groups)
    let together = try await method.maps(targets, with: session)
    for (row, target) in targets.enumerated() {
      let alone = try await method.maps(
        [target], with: session.with(images: session.images))
      #expect(same(alone, together.rows(row..<row + 1)))
    }
  }

  @Test func evidenceIsSharedByMethods() async throws {
    let network = try TinyNetwork(classes: 5)
    let session = try await network.session(TinyNetwork.pictures(3))
    let targets = topTargets(0..<3)
    _ = try await GroupCAM(settings: Self.groups).maps(targets, with: session)
    _ = try await GradCAM().maps(targets, with: session)
    let fast = try await GroupCAM(settings: ["variant": "fast"]).maps(targets, with: session)
    let alone = try await network.session(TinyNetwork.pictures(3))
    let fastAlone = try await GroupCAM(settings: ["variant": "fast"]).maps(targets, with: alone)
    #expect(same(fast, fastAlone))
    var statistics = await session.statistics
    #expect(statistics.cleanForwards == 3 && statistics.backwards == 3)
    let next = try session.with(images: session.images)
    _ = try await GradCAM().maps(targets, with: next)
    statistics = await session.statistics
    #expect(statistics.cleanForwards == 6)
  }

  @Test func refusedPlansAreHalved() async throws {
    let network = try TinyNetwork(classes: 5)
    let pictures = TinyNetwork.pictures(3)
    let expected = try await GroupCAM(settings: Self.groups).maps(
      topTargets(0..<3), with: network.session(pictures))
    for backend in [LimitedBackend(compileRows: 2), LimitedBackend(runRows: 2)] {
      let session = try await network.session(pictures, backend: backend)
      let found = try await GroupCAM(settings: Self.groups).maps(topTargets(0..<3), with: session)
      #expect(same(found, expected))
      let statistics = await session.statistics
      #expect(1...2 ~= statistics.capacity)
      #expect(statistics.backwards == 3 && statistics.cleanForwards == 3)
    }
  }

  @Test func plansStayWithinTheMemory() async throws {
    let network = try TinyNetwork(classes: 5)
    let backend = LimitedBackend()
    let options = SessionOptions(rows: 64, memory: 4 << 20)
    let session = try await network.session(
      TinyNetwork.pictures(5), backend: backend, options: options)
    let found = try await GroupCAM(settings: Self.groups).maps(topTargets(0..<5), with: session)
    let expected = try await GroupCAM(settings: Self.groups).maps(
      topTargets(0..<5), with: network.session(TinyNetwork.pictures(5)))
    #expect(same(found, expected))
    let statistics = await session.statistics
    #expect(2..<35 ~= statistics.capacity)
  }

  @Test func whatDoesNotFitAtAllIsAnError() async throws {
    let network = try TinyNetwork(classes: 5)
    for backend in [LimitedBackend(compileRows: 0), LimitedBackend(runRows: 0)] {
      let session = try await network.session(TinyNetwork.pictures(2), backend: backend)
      let method = try GradCAM()
      do throws(ExplanationError) {
        _ = try await method.explain(
          topTargets(0..<2), at: TinyNetwork.layer, with: session)
        Issue.record("no error")
      } catch .backend(.outOfMemory) {
      } catch {
        Issue.record("\(error)")
      }
    }
    let options = SessionOptions(memory: 1024)
    let session = try await network.session(TinyNetwork.pictures(1), options: options)
    await #expect(throws: ExplanationError.self) {
      try await GradCAM().explain(topTargets(0..<1), at: TinyNetwork.layer, with: session)
    }
  }

  @Test func aCancelledTaskStops() async throws {
    let network = try TinyNetwork(classes: 5)
    let session = try await network.session(
      TinyNetwork.pictures(1), options: SessionOptions(rows: 1))
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await GroupCAM().explain(
        topTargets(0..<1), at: TinyNetwork.layer, with: session)
    }
    do {
      _ = try await task.value
      Issue.record("no error")
    } catch ExplanationError.backend(.cancelled) {
    }
  }

  @Test func unknownLayersNameTheNearest() async throws {
    let session = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(1))
    let method = try GradCAM()
    do throws(ExplanationError) {
      _ = try await method.explain(topTargets(0..<1), at: "lsat", with: session)
      Issue.record("no error")
    } catch .unknownLayer(let name, let nearest) {
      #expect(name == "lsat" && nearest == ["last"])
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test(arguments: [
    Target(image: 1, choice: .top(1)),
    Target(image: 0, choice: .top(6)),
    Target(image: 0, choice: .top(0)),
    Target(image: 0, choice: .outputs([])),
    Target(image: 0, choice: .outputs([.init(index: 5)])),
    Target(image: 0, choice: .outputs([.init(index: -1)])),
    Target(image: 0, choice: .outputs([.init(index: 0, weight: .infinity)])),
  ])
  func targetsThatDoNotExistAreRefused(target: Target) async throws {
    let session = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(1))
    await #expect(throws: ExplanationError.self) {
      try await GradCAM().explain([target], at: TinyNetwork.layer, with: session)
    }
  }

  @Test func inliningReplacesTheInput() throws {
    let network = try TinyNetwork(classes: 5)
    var builder = GraphBuilder()
    let image = builder.input("other", [1, 3, 28, 28])
    let half = try builder.add(Multiply(), [image, builder.constant(0.5)])
    let input = try #require(network.graph.inputs.first)
    let outputs = try builder.inline(network.graph, replacing: [input: half])
    let graph = try builder.finish(outputs: outputs)
    #expect(graph.inputs == [image])
    #expect(graph.parameters.map(\.name) == network.graph.parameters.map(\.name))
    var empty = GraphBuilder()
    #expect(throws: GraphError.self) { try empty.inline(network.graph, replacing: [:]) }
  }
}
