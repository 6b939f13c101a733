import Imaging
import Tensors

/// A map made ready to be compared with many others: ranked, scaled and described once.
///
/// A map with colours is compared by its magnitudes up to their 99th percentile and by its signed
/// values likewise, as it is shown; one without by its values and their magnitudes.
package struct ComparedMap: Sendable {
  /// The ranks of the magnitudes, from 1.
  let magnitudes: [Double]
  /// The ranks of the signed values, from 1.
  let signed: [Double]
  /// The map min-maxed to [0, 1], in row-major order; zeros where it is constant.
  let unit: [Double]
  /// The ranks of its histograms of oriented gradients; nil where it is too small for them.
  let gradients: [Double]?
  /// The columns.
  let width: Int

  /// A map `[1, C, H, W]`, finite.
  package init(_ map: HostTensor<Float>) {
    width = map.shape[3]
    let signed: [Double]
    let shown: [Double]
    if map.shape[1] == 3,
      let grey = GradientDisplay.grey99.values(of: map.reshaped(map.shape.row)),
      let both = GradientDisplay.signed99.values(of: map.reshaped(map.shape.row))
    {
      (signed, shown) = (both.values.map(Double.init), grey.values.map(Double.init))
      magnitudes = RankCorrelation.ranks(shown)
    } else {
      let size = map.shape[2] * map.shape[3]
      var sums = [Double](repeating: 0, count: size)
      for (place, value) in map.elements.enumerated() { sums[place % size] += Double(value) }
      (signed, shown) = (sums, sums)
      magnitudes = RankCorrelation.ranks(sums.map(abs))
    }
    self.signed = RankCorrelation.ranks(signed)
    unit = shown.minMaxed
    gradients = OrientedGradients.ranks(of: unit, width: width)
  }

  /// How alike two maps of one size are under this range of SSIM; a kind that needs larger maps is left
  /// out.
  package func similarities(
    with other: ComparedMap, range: Double
  ) -> [SanityCheck.Similarity: Double] {
    var found: [SanityCheck.Similarity: Double] = [
      .spearman: Correlation.pearson(magnitudes, other.magnitudes) ?? 0,
      .signed: Correlation.pearson(signed, other.signed) ?? 0,
    ]
    found[.ssim] = StructuralSimilarity.value(unit, other.unit, width: width, range: range)
    if let own = gradients, let others = other.gradients {
      found[.hog] = Correlation.pearson(own, others) ?? 0
    }
    return found
  }
}
