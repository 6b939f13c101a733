import Imaging
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The picture with only the evidence kept, as in the fine-tuning of the Group-CAM paper.
///
/// x' = x·B + blur(x)·(1 - B), B = 1 where S >= mean(S), else 0.
package enum Blend {
  /// The blur of the paper: 51 taps of deviation 50, close to a box.
  static let size = 51
  static let deviation = 50.0

  /// The blended image, in the values of the image.
  /// - Parameters:
  ///   - image: `[C, H, W]`.
  ///   - map: `[H, W]`, or `[3, H, W]` whose magnitudes add up.
  /// - Returns: `[C, H, W]`.
  package static func image(_ image: HostTensor<Float>, _ map: HostTensor<Float>) -> HostTensor<
    Float
  > {
    let (height, width) = (image.shape[1], image.shape[2])
    let plane = height * width
    var evidence = Array(map.elements.prefix(plane))
    if map.shape.rank == 3 {
      evidence = (0..<plane).map { place in
        stride(from: place, to: map.elements.count, by: plane).reduce(Float(0)) {
          $0 + abs(map.elements[$1])
        }
      }
    }
    let mean = evidence.reduce(0.0) { $0 + Double($1) } / Double(max(1, plane))
    let blurred = blur(image)
    let elements = image.elements.indices.map { place in
      Double(evidence[place % plane]) >= mean ? image.elements[place] : blurred[place]
    }
    return HostTensor(image.shape, elements)
  }

  /// Rows, then columns; beyond the edge pixels are mirrored without repeating the edge.
  ///
  /// Where an image is too small to be mirrored so far, the filter is cut shorter.
  private static func blur(_ image: HostTensor<Float>) -> [Float] {
    let (height, width) = (image.shape[1], image.shape[2])
    let radius = min(size / 2, height - 1, width - 1)
    var weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }
    let sum = weights.reduce(0, +)
    weights = weights.map { $0 / sum }
    var elements = image.elements
    for channel in 0..<image.shape[0] {
      let start = channel * height * width
      for row in 0..<height {
        filter(&elements, from: start + row * width, count: width, step: 1, weights)
      }
      for column in 0..<width {
        filter(&elements, from: start + column, count: height, step: width, weights)
      }
    }
    return elements
  }

  private static func filter(
    _ elements: inout [Float], from start: Int, count: Int, step: Int, _ weights: [Double]
  ) {
    let line = (0..<count).map { Double(elements[start + $0 * step]) }
    let radius = weights.count / 2
    for place in 0..<count {
      var sum = 0.0
      for (offset, weight) in weights.enumerated() {
        var source = abs(place + offset - radius)
        if source >= count { source = 2 * (count - 1) - source }
        sum += weight * line[source]
      }
      elements[start + place * step] = Float(sum)
    }
  }
}

extension Preparation {
  /// The picture with only the evidence kept, as large as the network saw it.
  func blend(_ map: HostTensor<Float>, with image: HostTensor<Float>) -> Picture? {
    picture(of: Blend.image(image, map))
  }
}
