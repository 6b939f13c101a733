import Graphs
import Jobs
import Models
import Saliency
import Tensors
import Testing
import Training

@Suite("Scores of pictures, and how maps move")
struct ScoreTests {
  @Test("loss is the cross-entropy, and the first of equal logits is the answer")
  func scoresAreThoseOfTheLogits() {
    let logits = HostTensor<Float>([3, 2], [0, 0, 1, 3, 1000, -1000])
    let score = Score(Judgement.all(of: logits, labels: [0, 0, 1]))
    // ln 2, ln(1 + e^2), 2000.
    #expect(abs(score.lossSum - (0.693_147_180_559_945 + 2.126_928_011_042_972 + 2000)) < 1e-9)
    #expect(score.correctCount == 1 && score.count == 3)
    #expect(Score().loss == 0 && Score().accuracy == 0)
    var given = Score()
    given.add(loss: 0.5, correctCount: 3, count: 3)
    #expect(given.lossSum == 1.5 && given.accuracy == 1)
  }

  @Test("more right is better, then less far off")
  func scoresAreOrdered() {
    let low = Score(lossSum: 1, correctCount: 5, count: 10)
    let high = Score(lossSum: 9, correctCount: 6, count: 10)
    let closer = Score(lossSum: 8, correctCount: 6, count: 10)
    #expect(high.isBetter(than: low) && !low.isBetter(than: high))
    #expect(closer.isBetter(than: high) && !high.isBetter(than: high))
    let lost = Score(lossSum: .nan, correctCount: 6, count: 10)
    #expect(high.isBetter(than: lost) && !lost.isBetter(than: high) && lost.isBetter(than: low))
  }

  @Test("maps move by the mean distance of their values")
  func changeIsTheMeanDistance() {
    let old = HostTensor<Float>([2, 1, 1, 2], [0, 0.5, 1, 1])
    let new = HostTensor<Float>([2, 1, 1, 2], [0.5, 0, 1, 0])
    #expect(MapProbe.change(from: old, to: new) == 0.5)
    #expect(MapProbe.change(from: old, to: old) == 0)
    #expect(MapProbe.change(from: old, to: new.rows(0..<1)) == nil)
    let lost = HostTensor<Float>([2, 1, 1, 2], [0.5, 0, .nan, .nan])
    #expect(MapProbe.change(from: old, to: lost) == nil)
    #expect(MapProbe.change(from: lost, to: lost) == nil)
  }

  @Test("a map that is not finite ends nothing; it is NaN all over")
  func lostMapsAreTold() async throws {
    let (pictures, outputs) = (try SmallRun.folder(), try PictureFolder())
    let job = try await SmallRun(pictures, to: outputs.path).job
    let probe = try SmallRun.probe(of: job)
    var weights = job.model.weights
    weights["fc.weight"] = FilledWeights([2, 96], .infinity)
    var sessions: [Session?] = [nil, nil]
    var maps: [HostTensor<Float>] = []
    for (place, weights) in [job.model.weights, weights].enumerated() {
      let engine = Engine(
        network: job.model.blueprint.graph, parameters: try await job.backend.upload(weights),
        backend: job.backend, options: probe.options)
      maps.append(try await probe.maps(on: engine, &sessions[place], batchSize: 4).maps)
    }
    #expect(maps.map(\.shape) == [[10, 1, 32, 32], [10, 1, 32, 32]])
    #expect(maps[0].elements.allSatisfy { 0...1 ~= $0 })
    #expect(maps[1].elements.allSatisfy { $0.isNaN })
  }

  @Test("a probe tells how far maps moved in each epoch, and changes no bit of the training")
  func probeMovesWithTheNetwork() async throws {
    let (pictures, outputs) = (try SmallRun.folder(), try PictureFolder())
    _ = try await SmallRun(pictures, to: "\(outputs.path)/probed") { job in
      job.probe = try SmallRun.probe(of: job)
    }.train()
    _ = try await SmallRun(pictures, to: "\(outputs.path)/plain").train()
    let records = try SmallRun.records(in: "\(outputs.path)/probed")
    let changes = records.compactMap { $0["map_change"]?.number }
    #expect(changes.count == 2 && changes.allSatisfy { $0 > 0 && $0 < 1 })
    #expect(
      try SmallRun.bytes("last.safetensors", in: "\(outputs.path)/probed")
        == SmallRun.bytes("last.safetensors", in: "\(outputs.path)/plain"))
  }
}
