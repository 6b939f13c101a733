import Foundation
import Testing

/// Random damage to a model file never ends the program by a signal, as our bug, or not at all.
@Suite struct RobustnessTests {
  /// A model and its number of mutations: 2,000 in all.
  struct Subject: Sendable, CustomTestStringConvertible {
    let name: String
    let count: Int
    var testDescription: String { name }
  }

  static let subjects = [
    Subject(name: "resnet-basic-legacy.onnx", count: 700),
    Subject(name: "densenet-dynamo.onnx", count: 700),
    Subject(name: "efficientnet-legacy.onnx", count: 600),
  ]

  @Test func theMutationsAreTwoThousandOfThreeModels() {
    #expect(Self.subjects.map(\.count).reduce(0, +) == 2000)
    #expect(Set(Self.subjects.map(\.name)).count == 3)
  }

  @Test(arguments: subjects)
  func aDamagedModelIsAnAnswer(_ subject: Subject) throws {
    let source = URL(fileURLWithPath: "\(Program.networks)/\(subject.name)")
    let original = try [UInt8](Data(contentsOf: source))
    let folder = try TemporaryFolder()
    let external = "\(source.path).data"
    if FileManager.default.fileExists(atPath: external) {
      try FileManager.default.copyItem(
        atPath: external, toPath: folder.file("\(subject.name).data"))
    }
    var seen: [Int32: Int] = [:]
    for seed in 0..<subject.count {
      var random = SplitMix(seed: UInt64(seed))
      try folder.write(random.damaged(original), to: subject.name)
      let run = try Program.run(["layers", subject.name], in: folder.path)
      seen[run.code, default: 0] += 1
      #expect([0, 65].contains(run.code), "seed \(seed): \(run.code) \(run.errors)")
      #expect(run.seconds < 20, "seed \(seed) took \(run.seconds) s")
      if run.code == 65 { #expect(run.errorLines.count == 1, "seed \(seed): \(run.errors)") }
      guard seed % 10 == 0 else { continue }
      // What is still a network runs: the damage may sit in its weights, or in a constant.
      let explained = try Program.run(
        [
          "explain", Program.pictures, "-m", subject.name, "--method", "grad-cam", "-q", "-o",
          "out\(seed)",
        ], in: folder.path)
      #expect(
        [0, 2, 64, 65].contains(explained.code),
        "seed \(seed): \(explained.code) \(explained.errors)")
      #expect(explained.seconds < 20, "seed \(seed) took \(explained.seconds) s")
    }
    #expect(seen[65, default: 0] > subject.count / 10, "\(seen)")
    #expect(seen[0, default: 0] > subject.count / 100, "\(seen)")
  }
}

/// The generator of Steele, Lea and Flood 2014.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  /// Bytes with up to eight changed, some cut out, some repeated, or the end missing.
  mutating func damaged(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    let place = Int.random(in: 0..<bytes.count, using: &self)
    let length = Int.random(in: 1...64, using: &self)
    switch Int.random(in: 0..<8, using: &self) {
    case 0: bytes.removeLast(bytes.count - place)
    case 1: bytes.removeSubrange(place..<min(bytes.count, place + length))
    case 2: bytes.insert(contentsOf: original[place...].prefix(length), at: place)
    case 3: for index in place..<min(bytes.count, place + length) { bytes[index] = 0xff }
    default:
      for _ in 0..<Int.random(in: 1...8, using: &self) {
        bytes[Int.random(in: 0..<bytes.count, using: &self)] = UInt8.random(
          in: 0...255, using: &self)
      }
    }
    return bytes
  }
}
