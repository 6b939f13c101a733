import Execution
import Graphs
import Operators
import Tensors

/// What shows where a mask hides the image.
public struct Baseline: Sendable, Hashable {
  /// The kinds of baseline.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The image under a wide Gaussian.
    case blur
    /// Zeros of the normalised space: the mean colour of the training images.
    case zero
    /// Black pixels.
    case black
    /// White pixels.
    case white
    /// Pixels half way between black and white.
    case grey
  }

  /// Which.
  public var kind: Kind
  /// The width of the Gaussian in pixels, odd.
  public var size: Int
  /// Its standard deviation in pixels.
  public var sigma: Float

  /// A baseline.
  public init(_ kind: Kind, size: Int = 51, sigma: Float = 50) {
    self.kind = kind
    self.size = size
    self.sigma = sigma
  }

  /// Why the baseline cannot be made of images of this shape; nil where it can.
  ///
  /// The blur mirrors (size − 1) / 2 pixels, the edge left out, so an image needs one more.
  public func obstacle(height: Int, width: Int) -> String? {
    let radius = (size - 1) / 2
    guard kind == .blur, min(height, width) <= radius else { return nil }
    let largest = 2 * (min(height, width) - 1) + 1
    let smaller = largest >= 3 ? " or blur-size=\(largest)" : ""
    return "a blur of \(size) pixels needs images larger than \(radius)x\(radius), and the network"
      + " takes \(height)x\(width); try baseline=zero\(smaller)"
  }

  /// The baseline of each image of a probe, `[N, C, H, W]`.
  /// - Throws: `ExplanationError.unsuitable` where the images are too small for the blur.
  public func images(of probe: some Probe) async throws(ExplanationError) -> any ResidentTensor {
    try await images(for: probe.images, with: probe)
  }

  /// The baseline of images of a method's own making, `[R, C, H, W]`.
  /// - Throws: `ExplanationError.unsuitable` where the images are too small for the blur.
  func images(
    for images: any ResidentTensor, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let shape = images.shape
    if let obstacle = obstacle(height: shape[2], width: shape[3]) { throw .unsuitable(obstacle) }
    let blur = GaussianBlur(size: size, sigma: sigma)
    let kind = kind
    let levels = zip(probe.blackLevel, probe.whiteLevel).map { black, white in
      switch kind {
      case .white: white
      case .grey: (black + white) / 2
      default: black
      }
    }
    return try await probe.compute([images]) { (builder, inputs) throws(GraphError) in
      switch kind {
      case .blur:
        return [try builder.add(blur, inputs)]
      case .zero:
        return [try builder.add(Broadcast(), [builder.constant(0), inputs[0]])]
      case .black, .white, .grey:
        let level = builder.constant(HostTensor([1, levels.count, 1, 1], levels))
        return [try builder.add(Broadcast(), [level, inputs[0]])]
      }
    }[0]
  }
}
