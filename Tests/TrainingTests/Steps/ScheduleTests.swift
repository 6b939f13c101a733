import Graphs
import Testing
import Training

@Suite("Learning rates follow their schedule")
struct ScheduleTests {
  private func rates(_ schedule: Schedule, _ steps: [Int]) -> [Float] {
    steps.map(schedule.rate(at:))
  }

  @Test("step: divided every so many epochs")
  func stepDecay() {
    let schedule = Schedule(
      base: 1e-3, decay: .step(epochs: 15, factor: 0.1), epochs: 20, stepsPerEpoch: 10)
    #expect(rates(schedule, [0, 149, 150, 199]) == [1e-3, 1e-3, 1e-4, 1e-4])
  }

  @Test("cosine: half at half time, zero behind the last step")
  func cosineDecay() {
    let schedule = Schedule(base: 0.2, decay: .cosine, epochs: 10, stepsPerEpoch: 4)
    #expect(schedule.rate(at: 0) == 0.2)
    #expect(abs(schedule.rate(at: 20) - 0.1) < 1e-7)
    #expect(schedule.rate(at: 39) > 0 && schedule.rate(at: 39) < 1e-3)
    #expect(schedule.rate(at: 40) == 0)
  }

  @Test("warm-up: even steps up to the base rate, from which a cosine falls")
  func warmUp() {
    let schedule = Schedule(
      base: 0.4, decay: .cosine, warmUpEpochs: 2, epochs: 4, stepsPerEpoch: 2)
    let expected: [Float] = [0.1, 0.2, 0.3, 0.4, 0.4]
    for (found, expected) in zip(rates(schedule, [0, 1, 2, 3, 4]), expected) {
      #expect(abs(found - expected) < 1e-7)
    }
    #expect(abs(schedule.rate(at: 6) - 0.2) < 1e-7)
  }

  @Test("texts are read, and nonsense is not")
  func texts() {
    #expect(Schedule.Decay("constant") == .constant)
    #expect(Schedule.Decay("cosine") == .cosine)
    #expect(Schedule.Decay("step:15:0.1") == .step(epochs: 15, factor: 0.1))
    for text in ["", "step", "step:0:0.1", "step:15", "step:15:-1", "cosine:2", "step:1:nan"] {
      #expect(Schedule.Decay(text) == nil, "\(text)")
    }
  }
}

@Suite("Patterns name layers")
struct LayerPatternTests {
  @Test(
    "modules with all that is in them, and stars",
    arguments: [
      ("layer1", "layer1.0.conv1.weight", true), ("layer1", "layer10.0.conv1.weight", false),
      ("layer1.0", "layer1.0.bn1.bias", true), ("layer*", "layer4.1.bn2.weight", true),
      ("*.bias", "fc.bias", true), ("*.bias", "fc.weight", false),
      ("features.*.weight", "features.0.weight", true), ("l*1.*v1", "layer1.0.conv1.weight", true),
      ("*", "anything", true), ("", "fc.weight", false), ("fc.weight.x", "fc.weight", false),
    ])
  func matches(pattern: String, name: String, expected: Bool) {
    #expect(LayerPattern(pattern).matches(ParameterName(name)) == expected)
  }
}
