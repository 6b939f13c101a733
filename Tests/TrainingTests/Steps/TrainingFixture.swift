import Foundation
import Graphs
import Tensors
import Training

/// What `Tools/reference/training_fixtures.py` records of a small network.
struct TrainingFixture: Decodable {
  /// Some steps by one recipe.
  struct Run: Decodable {
    let name: String
    let rule: String
    let rate: Float
    let decay: Float
    let momentum: Float?
    let nesterov: Bool?
    let clipping: Float?
    let smoothing: Float?
    let frozen: [String]?
    let losses: [Double]

    /// How such a network is trained.
    func options(_ network: SmallNetwork) -> TrainingOptions {
      var options = TrainingOptions()
      options.optimizer =
        rule == "adamw"
        ? .adamW(weightDecay: decay)
        : .sgd(
          momentum: momentum ?? 0, weightDecay: decay, isNesterov: nesterov ?? false)
      options.clipping = clipping
      options.smoothing = smoothing ?? 0
      options.frozen = (frozen ?? []).map { LayerPattern($0) }
      options.dropouts = network.dropouts
      return options
    }
  }

  private struct Tensor: Decodable {
    let kind: String
    let name: String
    let shape: [Int]
    let offset: Int
  }

  let rows: Int
  let labels: [[Int]]
  let runs: [Run]
  private let tensors: [Tensor]
  private var values: [Double] = []

  private enum CodingKeys: CodingKey { case rows, labels, runs, tensors }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/training")

  /// The fixture of a network.
  init(_ name: String) throws {
    let json = try Data(contentsOf: Self.folder.appending(path: "\(name).json"))
    self = try JSONDecoder().decode(Self.self, from: json)
    let bytes = try Data(contentsOf: Self.folder.appending(path: "\(name).bin"))
    values = bytes.withUnsafeBytes { raw in
      (0..<bytes.count / 8).map { place in
        let bits = raw.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self)
        return Double(bitPattern: UInt64(littleEndian: bits))
      }
    }
  }

  /// The tensors of a kind, by name.
  subscript(kind: String) -> [ParameterName: HostTensor<Double>] {
    let found = tensors.filter { $0.kind == kind }.map { tensor in
      let shape = Shape(tensor.shape)
      let elements = values[tensor.offset..<tensor.offset + shape.elementCount]
      return (ParameterName(tensor.name), HostTensor(shape, Array(elements)))
    }
    return Dictionary(uniqueKeysWithValues: found)
  }

  /// The weights before the first step, which single precision holds.
  var weights: [ParameterName: any WeightSource] {
    self["weights"].mapValues { HostWeights($0.converted()) }
  }

  /// The images of the batch of a step.
  func images(at step: Int) throws -> HostTensor<Float> {
    guard let batch = self["images"][ParameterName("\(step % labels.count)")] else {
      throw CocoaError(.coderValueNotFound)
    }
    return batch.converted()
  }
}
