import FoundationEssentials
import Graphs
import Models
import Tensors

/// `Tests/Fixtures/architectures`, as `Tools/reference/architecture_fixtures.py` writes it.
struct ArchitectureFixture: Decodable {
  /// A line of `parameters`.
  struct Parameter {
    let name: String
    let shape: Shape
    /// The one value that it begins with, or nil.
    let value: Float?
    /// The deviation of its random numbers and the largest of them, where it has such.
    let spread: (deviation: Double, largest: Double)

    init(_ line: String) {
      let words = line.split(separator: " ").map(String.init)
      let numbers = words[3...].compactMap(Double.init)
      name = words[0]
      shape = Shape(words[1].split(separator: "x").compactMap { Int($0) })
      value = words[2] == "=" ? Float(numbers[0]) : nil
      spread = (numbers[0], numbers.last ?? 0)
    }
  }

  static let classCount = 10
  static let size = (height: 40, width: 56)

  private let parameters: [String]
  let logits: [Double]

  var lines: [Parameter] { parameters.map(Parameter.init) }

  init(_ architecture: Architecture) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/architectures")
    self = try JSONDecoder().decode(
      ArchitectureFixture.self,
      from: Data(contentsOf: folder.appending(path: "\(architecture.rawValue).json")))
  }

  /// Numbers in [-1, 1): a 32-bit mix of place and seed, which the maker computes too.
  static func number(_ place: Int, seed: Int) -> Double {
    var x = UInt32(truncatingIfNeeded: place) &+ UInt32(truncatingIfNeeded: seed &* 0x9E37_79B9)
    x = (x ^ (x >> 16)) &* 0x85EB_CA6B
    x = (x ^ (x >> 13)) &* 0xC2B2_AE35
    x ^= x >> 16
    return Double(x >> 8) * 0x1p-23 - 1
  }

  /// The weights of the maker: filters of variance 2 / fan-in, all else near the identity.
  static func weights(_ blueprint: Blueprint) -> [ParameterName: any WeightSource] {
    var weights: [ParameterName: any WeightSource] = [:]
    for (place, parameter) in blueprint.parameters.enumerated() {
      let name = parameter.name.text
      let (base, factor): (Double, Double) =
        if parameter.shape.rank > 1 {
          (0, (6 / Double(parameter.shape.row.elementCount)).squareRoot())
        } else if name.hasSuffix("weight") {
          (1, 0.2)
        } else {
          name.hasSuffix("running_var") ? (1, 0.3) : (0, 0.1)
        }
      weights[parameter.name] = HostWeights(
        HostTensor(parameter.shape) { Float(base + factor * number($0, seed: place + 1)) })
    }
    return weights
  }

  /// The picture of the maker.
  static var picture: HostTensor<Float> {
    HostTensor([1, 3, size.height, size.width]) { Float(number($0, seed: 0)) }
  }
}
