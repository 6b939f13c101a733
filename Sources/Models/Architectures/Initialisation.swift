import Graphs
import Operators
import Tensors

/// How the numbers of a parameter begin.
public enum Initialisation: Sendable, Hashable {
  /// One number everywhere.
  case constant(Float)
  /// Normal about 0, with this deviation.
  case normal(deviation: Double)
  /// Even over `[-limit, limit)`.
  case uniform(limit: Double)
}

/// The parameter of a new network: numbers that follow from seed and place and are stored nowhere.
public struct InitialWeights: WeightSource {
  /// The shape of the tensor.
  public let shape: Shape
  /// How its numbers are spread.
  public let initialisation: Initialisation
  private let philox: Philox
  private let start: UInt64

  /// A parameter.
  /// - Parameters:
  ///   - shape: its shape, of fewer than 2^32 elements.
  ///   - initialisation: how its numbers are spread.
  ///   - seed: the seed of the network.
  ///   - place: its place among the parameters of the network, below 2^32; each has its own numbers.
  public init(_ shape: Shape, _ initialisation: Initialisation, seed: UInt64, place: Int) {
    self.shape = shape
    self.initialisation = initialisation
    philox = Philox(seed: seed)
    start = UInt64(place) << 32
  }

  /// Makes some elements.
  public func decode(
    _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError) {
    for (place, index) in range.enumerated() {
      let element = start + UInt64(index)
      destination[place] =
        switch initialisation {
        case .constant(let value): value
        case .normal(let deviation): Float(deviation * philox.normal(element, stream: .weights))
        case .uniform(let limit):
          Float(limit * (2 * philox.uniform(element, stream: .weights) - 1))
        }
    }
  }
}
