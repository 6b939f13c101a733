import Execution
import Graphs
import ReferenceBackend
import Tensors
import Testing
import Training

@Suite("A step in parts")
struct PartStepTests {
  /// A network of the fixtures, with momentum, decay and its dropouts.
  private struct Learner: Sendable {
    let fixture: TrainingFixture
    let network: SmallNetwork
    var options: TrainingOptions

    init(_ name: String) throws {
      fixture = try TrainingFixture(name)
      network = try SmallNetwork(name)
      options = fixture.runs[0].options(network)
    }

    /// The state behind some steps, given the rows of each part of a step, over all ranks.
    func learn(
      _ parts: [Range<Int>], steps: Int, on backend: any Backend, with ranks: Ranks
    ) async throws -> (state: Trainer.Snapshot, losses: [Float]) {
      let trainer = try await Trainer(
        network.graph, fixture.weights, options: options, capacity: fixture.rows, on: backend,
        with: ranks)
      var losses: [Float] = []
      for step in 0..<steps {
        let images = try fixture.images(at: step)
        let labels = fixture.labels[step % fixture.labels.count]
        var own: [Trainer.Part] = []
        for place in stride(from: ranks.rank, to: parts.count, by: ranks.count) {
          guard !parts[place].isEmpty else {
            own.append(Trainer.Part())
            continue
          }
          let rows = try await backend.upload(images.rows(parts[place]))
          own.append(Trainer.Part(rows, labels: Array(labels[parts[place]])))
        }
        let outcome = try await trainer.step(own, rate: 0.01)
        #expect(outcome.rowCount == fixture.rows)
        losses.append(outcome.loss)
      }
      return (try await trainer.snapshot(), losses)
    }

    /// The same on each of several ranks, all of which must come to the same bits.
    func learn(
      _ parts: [Range<Int>], steps: Int, on backend: any Backend, ranks count: Int
    ) async throws -> (state: Trainer.Snapshot, losses: [Float]) {
      let results = await onRanks(count) { ranks in
        try await learn(parts, steps: steps, on: backend, with: ranks)
      }
      let first = try #require(results.first).get()
      for result in results.dropFirst() {
        let other = try result.get()
        #expect(other.state == first.state && other.losses == first.losses)
      }
      return first
    }
  }

  @Test(
    "two ranks have the bits of one that does both parts",
    arguments: ["residual", "plain", "depthwise", "dense"])
  func ranksEqualAccumulation(name: String) async throws {
    let learner = try Learner(name)
    let backend = try await Engines.openCL.value
    let halves = [0..<2, 2..<4]
    let one = try await learner.learn(halves, steps: 6, on: backend, ranks: 1)
    let two = try await learner.learn(halves, steps: 6, on: backend, ranks: 2)
    #expect(two.losses == one.losses)
    #expect(two.state == one.state)
    #expect(two.state.weights.hasSameBits(as: one.state.weights))
    let whole = try await learner.learn([0..<4], steps: 6, on: backend, ranks: 1)
    #expect(whole.state.weights != one.state.weights, "each part has its own statistics")
  }

  @Test("the parts decide about the bits, not how many ranks share them")
  func onlyPartsCount() async throws {
    let learner = try Learner("residual")
    let backend = try await Engines.openCL.value
    let quarters = [0..<1, 1..<2, 2..<3, 3..<4]
    let one = try await learner.learn(quarters, steps: 3, on: backend, ranks: 1)
    for ranks in [2, 4] {
      let found = try await learner.learn(quarters, steps: 3, on: backend, ranks: ranks)
      #expect(found.state == one.state && found.losses == one.losses, "\(ranks) ranks")
    }
    let uneven = [0..<3, 3..<3, 3..<3, 3..<4]
    let alone = try await learner.learn(uneven, steps: 3, on: backend, ranks: 1)
    let shared = try await learner.learn(uneven, steps: 3, on: backend, ranks: 2)
    #expect(shared.state == alone.state && shared.losses == alone.losses)
    #expect(alone.state != one.state)
  }

  @Test("where nothing is normalised by the batch, parts of any size give the whole batch's step")
  func partsAddUpToTheBatch() async throws {
    var learner = try Learner("residual")
    learner.options.frozen = [LayerPattern("bn*")]
    let backend = ReferenceBackend()
    let whole = try await learner.learn([0..<4], steps: 4, on: backend, ranks: 1)
    for parts in [[0..<2, 2..<4], [0..<1, 1..<4]] {
      let found = try await learner.learn(parts, steps: 4, on: backend, ranks: 2)
      let metrics = ErrorMetrics(found: found.state.weights, expected: whole.state.weights)
      #expect(metrics.normalised < 1e-6, "\(parts)")
    }
  }

  @Test(
    "with the statistics of all ranks it is that of the whole batch, to 1e-5",
    arguments: ["residual", "plain", "depthwise", "dense"])
  func sharedStatisticsAreThoseOfTheBatch(name: String) async throws {
    let engines: [any Backend] = [ReferenceBackend(), try await Engines.openCL.value]
    let splits: [[[Range<Int>]]] = [
      [[0..<2, 2..<4]], [[0..<2, 2..<4], [0..<3, 3..<4], [0..<4, 4..<4]],
    ]
    for (backend, splits) in zip(engines, splits) {
      var learner = try Learner(name)
      let whole = try await learner.learn([0..<4], steps: 5, on: backend, ranks: 1)
      learner.options.sharesStatistics = true
      for parts in splits {
        let found = try await learner.learn(parts, steps: 5, on: backend, ranks: 2)
        try expectClose(found.state, whole.state, "\(parts) on \(backend.name)")
        for (found, expected) in zip(found.losses, whole.losses) {
          #expect(abs(found - expected) <= 1e-5 * expected)
        }
      }
    }
  }

  private func expectClose(
    _ found: Trainer.Snapshot, _ expected: Trainer.Snapshot, _ comment: Comment
  ) throws {
    let weights = ErrorMetrics(found: found.weights, expected: expected.weights)
    #expect(weights.normalised <= 1e-5, comment)
    let statistics = ErrorMetrics(
      found: try #require(found.statistics), expected: try #require(expected.statistics))
    #expect(statistics.normalised <= 1e-5, comment)
  }

  @Test("a loss that is not finite ends all ranks in the same words, before a weight moves")
  func infiniteLossEndsAll() async throws {
    let learner = try Learner("residual")
    let backend = try await Engines.openCL.value
    let results = await onRanks(2) { ranks -> (String, Bool) in
      let trainer = try await Trainer(
        learner.network.graph, learner.fixture.weights, options: learner.options, capacity: 2,
        on: backend, with: ranks)
      let before = try await trainer.snapshot()
      let images = HostTensor<Float>([2, 3, 12, 12], filledWith: ranks.isFirst ? 1 : .nan)
      let part = Trainer.Part(try await backend.upload(images), labels: [0, 1])
      do {
        _ = try await trainer.step([part], rate: 0.01)
        return ("a loss of NaN was taken", false)
      } catch {
        return ("\(error)", try await trainer.snapshot() == before)
      }
    }
    let texts = try results.map { try $0.get() }
    #expect(texts.count == 2 && texts.allSatisfy { $0.1 } && texts[0].0 == texts[1].0)
    #expect(texts[0].0.hasPrefix("step 1: the loss is not finite"))
  }
}
