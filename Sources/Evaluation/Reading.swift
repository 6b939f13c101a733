import Execution
import Saliency
import Tensors

/// The values of a tensor, read back once its work is done.
/// - Throws: `ExplanationError` where the engine fails.
func read(
  _ tensor: any ResidentTensor
) async throws(ExplanationError) -> HostTensor<Float> {
  try await engine { () async throws(BackendError) in try await tensor.download() }
}
