import Execution
import Tensors

/// A tensor of the reference: in host memory, in double precision.
public struct ReferenceTensor: ResidentTensor {
  /// Its values.
  public let values: HostTensor<Double>

  /// A tensor over double values, which no upload has rounded.
  public init(_ values: HostTensor<Double>) {
    self.values = values
  }

  /// Its shape.
  public var shape: Shape { values.shape }

  /// Its values, rounded to nearest.
  public func download() async throws(BackendError) -> HostTensor<Float> {
    values.converted()
  }
}
