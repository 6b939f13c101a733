import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// What a network's map leaves of a picture: sharp where it marks something, blurred elsewhere.
///
/// B = 1 where S ≥ T, else 0, T the mean of S — Zhang, Rao, Yang, Group-CAM, 2021, for fine-tuning.
/// A map that is empty leaves its picture as it is, or blurred where the mean is that of the batch.
package struct MapBlend: Sendable {
  /// What a map is compared with.
  let threshold: AugmentationOptions.Threshold
  /// What becomes of an image under its mask.
  let blend: AugmentationOptions.Blend

  /// Images under their masks, and what led there.
  package struct Blended: Sendable {
    /// S, `[N, 1, H, W]`: maps, the magnitudes of colours added up.
    package let maps: any ResidentTensor
    /// B, `[N, 1, H, W]`, 0 or 1.
    package let masks: any ResidentTensor
    /// x', `[N, C, H, W]`.
    package let images: any ResidentTensor
  }

  /// The images of a probe under their maps.
  /// - Parameters:
  ///   - maps: `[N, 1 or C, H, W]`, in the order of the images.
  ///   - probe: N images.
  /// - Returns: N blended images.
  /// - Throws: `ExplanationError` where the engine fails.
  func apply(
    _ maps: any ResidentTensor, to probe: some Probe
  ) async throws(ExplanationError) -> Blended {
    let blurred = try await Self.blur(of: probe.images.shape).images(of: probe)
    let evidence = try await probe.compute([maps]) { (builder, inputs) throws(GraphError) in
      let hasColours = builder.shape(of: inputs[0])[1] > 1
      let reduction: ColourReduction = hasColours ? .absSum : .none
      let map = try reduction.reduce(inputs[0], in: &builder)
      return [map, try builder.add(ReduceMean(axes: [2, 3], keepsAxes: false), [map])]
    }
    let means = threshold == .image ? evidence[1] : try await common(evidence[1], probe)
    let blend = blend
    let made = try await probe.compute([probe.images, blurred, evidence[0], means]) {
      (builder, inputs) throws(GraphError) in
      let cut = try builder.add(Reshape([1, 1, 1, 1]), [inputs[3]])
      let isHidden = try builder.add(Step(), [builder.add(Subtract(), [cut, inputs[2]])])
      let mask = try builder.add(Subtract(), [builder.constant(1), isHidden])
      let seen = try builder.add(Multiply(), [inputs[0], mask])
      let veil: Value =
        switch blend {
        case .paper: try builder.add(Multiply(), [inputs[1], isHidden])
        case .repo: try builder.add(Add(), [inputs[1], isHidden])
        }
      return [mask, try builder.add(Add(), [seen, veil])]
    }
    return Blended(maps: evidence[0], masks: made[0], images: made[1])
  }

  /// The mean of all rows, in each: `[N, 1]` from `[N, 1]`.
  private func common(
    _ means: any ResidentTensor, _ probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let count = means.shape[0]
    let everyRow = HostTensor<Float>([count, count, 1]) { Float($0 % count) }
    let all = try await probe.gather(everyRow, from: means)
    return try await probe.compute([all]) { (builder, inputs) throws(GraphError) in
      [try builder.add(ReduceMean(axes: [1], keepsAxes: false), inputs)]
    }[0]
  }

  /// The blur of Group-CAM; where an image is too small to be mirrored so far, its filter is cut
  /// shorter.
  private static func blur(of images: Shape) -> Baseline {
    var blur = Baseline(.blur)
    blur.size = min(blur.size, 2 * min(images[2], images[3]) - 1)
    return blur
  }
}
