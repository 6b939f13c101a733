import Execution
import Graphs
import Saliency

extension Probe {
  /// `[T, 1, H, W]` from maps `[T, C, H, W]`: magnitudes summed over colours, where there are several;
  /// else the maps themselves.
  ///
  /// Every metric reads maps in this form, those of a job and those that it makes again.
  /// - Throws: `ExplanationError` where the engine fails.
  package func colourless(
    _ maps: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    guard maps.shape[1] > 1 else { return maps }
    return try await compute([maps]) { (builder, inputs) throws(GraphError) in
      [try ColourReduction.absSum.reduce(inputs[0], in: &builder)]
    }[0]
  }
}
