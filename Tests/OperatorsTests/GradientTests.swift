import Graphs
import OperatorCases
import Operators
import Tensors
import Testing

@Suite("Every derivative agrees with central differences")
struct GradientTests {
  /// How many values the catalogue declares differentiable, at least.
  static let comparisonCount = 983

  @Test("in every case, input by input", arguments: OperatorCaseCatalogue.all)
  func gradientEqualsCentralDifferences(operatorCase: OperatorCase) async throws {
    guard !operatorCase.differentiated.isEmpty else { return }
    let values = CaseValues(operatorCase)
    let found = try await values.outputs(of: operatorCase.gradientGraph())
      .dropFirst(operatorCase.graph.outputs.count)
    #expect(found.count == operatorCase.differentiated.count)
    for (value, gradient) in zip(operatorCase.differentiated, found) {
      let name = operatorCase.graph.describe(value)
      let tensor = try #require(values[value, operatorCase.graph])
      #expect(gradient.shape == tensor.shape)
      let scale = gradient.elements.reduce(0) { max($0, abs($1)) }
      for direction in directions(tensor.shape, seed: operatorCase.seed) {
        let expected = try await slope(operatorCase, values, value, direction)
        let analytic = zip(gradient.elements, direction.elements).reduce(0) { $0 + $1.0 * $1.1 }
        let size = direction.elements.reduce(0) { $0 + abs($1) } * max(scale, 1e-3)
        #expect(abs(analytic - expected) <= 2e-7 * size, "\(name): \(analytic), not \(expected)")
      }
    }
  }

  @Test("for no fewer values than are recorded here")
  func countOfComparisons() {
    let count = OperatorCaseCatalogue.all.reduce(0) { $0 + $1.differentiated.count }
    #expect(count >= Self.comparisonCount)
  }

  /// Single elements spread over the tensor, all of them where it is small, and a random one.
  private func directions(_ shape: Shape, seed: UInt64) -> [HostTensor<Double>] {
    let count = shape.elementCount
    let places = count <= 8 ? Array(0..<count) : [0, count / 2, count - 1]
    let directions = places.map { place in HostTensor(shape) { $0 == place ? 1.0 : 0 } }
    var generator = SplitMix(state: seed)
    let random = HostTensor(shape) { _ in Double.random(in: -1...1, using: &generator) }
    return directions + [random]
  }

  /// The central difference of the loss along a direction.
  private func slope(
    _ operatorCase: OperatorCase, _ values: CaseValues, _ value: Value,
    _ direction: HostTensor<Double>
  ) async throws -> Double {
    // A step of many elements adds up: it must not carry sums over the kink of a ReLU behind them.
    let step = direction.elements.count { $0 != 0 } > 1 ? 0x1p-22 : 0x1p-16
    let graph = try operatorCase.lossGraph()
    var losses: [Double] = []
    for sign in [1.0, -1.0] {
      var moved = values
      let tensor = try #require(values[value, operatorCase.graph])
      moved[value, operatorCase.graph] = HostTensor(tensor.shape) {
        tensor[$0] + sign * step * direction[$0]
      }
      losses.append(try await moved.outputs(of: graph)[0][0])
    }
    return (losses[0] - losses[1]) / (2 * step)
  }
}

/// A seeded generator for tests: SplitMix64.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
