import Execution
import Saliency
import Tensors

/// The values of a small tensor.
func read(
  _ tensor: any ResidentTensor
) async throws(ExplanationError) -> HostTensor<Float> {
  do { return try await tensor.download() } catch { throw .backend(error) }
}

extension Measurement {
  /// A measurement of a number that may not be finite: then there is no value, and the reason says so.
  init(
    finite value: Double, isDegenerate: Bool, parts: [Part] = [], curves: [Curve] = []
  ) {
    let isFinite =
      value.isFinite && parts.allSatisfy { $0.value.isFinite }
      && curves.allSatisfy { $0.values.allSatisfy(\.isFinite) }
    guard isFinite else {
      self.init(
        nil, reason: "the network gives NaN or infinity for a changed image",
        isDegenerate: isDegenerate)
      return
    }
    self.init(value, isDegenerate: isDegenerate, parts: parts, curves: curves)
  }
}
