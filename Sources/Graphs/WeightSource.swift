import Tensors

/// A weight tensor that stays where it is, in a file, until a backend takes it chunk by chunk.
public protocol WeightSource: Sendable {
  /// The shape of the tensor.
  var shape: Shape { get }

  /// Decodes some elements, in row-major order, to float.
  /// - Parameters:
  ///   - range: flat indices of the elements.
  ///   - destination: room for exactly `range.count` floats.
  /// - Throws: `WeightError` where the bytes cannot be read.
  func decode(
    _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError)
}

/// Weights that cannot be read.
public struct WeightError: Error, Hashable, CustomStringConvertible {
  /// Where and what.
  public let description: String

  /// An error with its one line.
  public init(_ description: String) {
    self.description = description
  }
}

extension WeightSource {
  /// All elements at once.
  /// - Throws: `WeightError` where the bytes cannot be read.
  public func tensor() throws(WeightError) -> HostTensor<Float> {
    HostTensor(shape, try elements(0..<shape.elementCount))
  }

  /// Some elements, in row-major order.
  /// - Parameter range: their flat indices.
  /// - Returns: as many numbers.
  /// - Throws: `WeightError` where the bytes cannot be read.
  public func elements(_ range: Range<Int>) throws(WeightError) -> [Float] {
    var failure: WeightError?
    let elements = [Float](unsafeUninitializedCapacity: range.count) { buffer, count in
      do throws(WeightError) {
        try decode(range, into: UnsafeMutableBufferPointer(rebasing: buffer[..<range.count]))
        count = range.count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return elements
  }
}

/// Weights that are in memory already.
public struct HostWeights: WeightSource {
  private let tensorInMemory: HostTensor<Float>

  /// Weights over a tensor.
  public init(_ tensor: HostTensor<Float>) {
    self.tensorInMemory = tensor
  }

  /// The shape of the tensor.
  public var shape: Shape { tensorInMemory.shape }

  /// Copies some elements.
  public func decode(
    _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError) {
    for (place, index) in range.enumerated() {
      destination[place] = tensorInMemory[index]
    }
  }
}
