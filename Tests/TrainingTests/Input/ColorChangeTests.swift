import FoundationEssentials
import Imaging
import Testing
import Training

@Suite("Colours change as torchvision's do")
struct ColorChangeTests {
  /// `colors.json`, as `Tools/reference/training_color_fixtures.py` writes it.
  private struct Fixtures: Decodable {
    struct Change: Decodable {
      let change: String
      let factor: Double
      let bytes: [UInt8]
    }

    struct Case: Decodable {
      let seed: UInt64
      let epoch: Int
      let sample: Int
      /// Brightness, contrast, saturation, hue.
      let jitter: [Double]
      let gray: Double
      let permutation: Double
      let inversion: Double
      let bytes: [UInt8]
    }

    /// 40x16 pixels.
    let picture: [UInt8]
    let changes: [Change]
    let cases: [Case]
  }

  private let fixtures: Fixtures
  private let picture: Picture

  init() throws {
    fixtures = try JSONDecoder().decode(
      Fixtures.self,
      from: Data(contentsOf: CropFixtures.root.appending(path: "training/input/colors.json")))
    picture = Picture(width: 40, height: 16, bytes: fixtures.picture)
  }

  @Test("16 factors of brightness, contrast, saturation and hue give torchvision's bytes")
  func changesEqualTorchvision() throws {
    #expect(fixtures.changes.count == 16)
    for entry in fixtures.changes {
      let found =
        switch entry.change {
        case "brightness": picture.brightened(by: entry.factor)
        case "contrast": picture.contrasted(by: entry.factor)
        case "saturation": picture.saturated(by: entry.factor)
        default: picture.turningHue(by: entry.factor)
        }
      #expect(found.bytes == entry.bytes, "\(entry.change) \(entry.factor)")
    }
  }

  @Test("16 random changes give torchvision's bytes")
  func casesEqualTorchvision() throws {
    #expect(fixtures.cases.count == 16)
    for (number, entry) in fixtures.cases.enumerated() {
      var change = ColorChange()
      change.jitter = ColorJitter(
        brightness: entry.jitter[0], contrast: entry.jitter[1], saturation: entry.jitter[2],
        hue: entry.jitter[3])
      change.grayProbability = entry.gray
      change.permutationProbability = entry.permutation
      change.inversionProbability = entry.inversion
      var draws = SampleDraws(
        seed: entry.seed, epoch: entry.epoch, sample: entry.sample, stream: .colors)
      #expect(change.apply(to: picture, &draws).bytes == entry.bytes, "case \(number)")
    }
    #expect(Set(fixtures.cases.map(\.bytes)).count > 8)
  }

  @Test("no change is none, and one change does not alter what another one does")
  func changesAreIndependent() {
    for sample in 0..<40 {
      func draws() -> SampleDraws {
        SampleDraws(seed: 1, epoch: 0, sample: sample, stream: .colors)
      }
      func changed(_ edit: (inout ColorChange) -> Void) -> Picture {
        var (change, numbers) = (ColorChange(), draws())
        edit(&change)
        return change.apply(to: picture, &numbers)
      }
      #expect(changed { _ in } == picture)
      let negative = changed { $0.inversionProbability = 0.5 }
      let permuted = changed { $0.permutationProbability = 1 }
      let both = changed {
        $0.permutationProbability = 1
        $0.inversionProbability = 0.5
      }
      #expect(both == (negative == picture ? permuted : permuted.inverted))
    }
  }

  @Test("every order of the channels is as likely as any other")
  func permutationsAreEven() {
    var counts: [[Int]: Int] = [:]
    for sample in 0..<6000 {
      var draws = SampleDraws(seed: 2, epoch: 0, sample: sample, stream: .colors)
      counts[draws.permutation(of: 3), default: 0] += 1
    }
    // 1000 expected; five standard deviations are 144.
    #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 1000) < 144 })
  }
}
