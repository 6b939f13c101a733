import Jobs
import Tensors

/// Numbers between -1 and 1 in a fixed order, never all zeros: zeros are faster to multiply.
struct Noise {
  private var state: UInt64 = 1

  /// The next tensor.
  mutating func tensor(_ shape: Shape) -> HostTensor<Float> {
    var state = self.state
    let tensor = HostTensor<Float>(shape) { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(1 << 30) - 1
    }
    self.state = state
    return tensor
  }
}

extension Salient.Model {
  /// A batch of noise in place of preprocessed images, `[batch, C, H, W]`.
  /// - Throws: `Failure` where no device could index it.
  func noise(batch: Int) throws(Failure) -> HostTensor<Float> {
    let shape = Shape([batch] + engine.imageShape.extents)
    guard let count = shape.checkedElementCount, count < 1 << 31 else {
      throw Failure(
        .temporary, device.name, "out of memory: images of \(shape) exceed 2^31 floats",
        try: "give a smaller --batch-size")
    }
    var noise = Noise()
    return noise.tensor(shape)
  }
}
