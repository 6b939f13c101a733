import Execution

/// Masks described, not stored: `count` masks for every field.
///
/// A field belongs to a target, in the order of the targets, or, where `images` says so, to an
/// image: then one forward pass of a mask serves all targets of that image.
public struct MaskField: Sendable {
  /// How a mask is made from the numbers that describe it.
  public enum Geometry: Sendable {
    /// Small maps, upsampled bilinearly to the image and then scaled and shifted.
    ///
    /// `maps` is `[F, M, u·v]`, `affine` is `[F, M, 2]`: mask = scale · upsampled + offset.
    case grid(
      maps: any ResidentTensor, affine: any ResidentTensor, height: Int, width: Int,
      alignsCorners: Bool)
    /// Random grids, enlarged and shifted, as RISE has them: mask m of every field is made of the
    /// random numbers of `seed` and m. `cells` along each side, each 1 with probability `keep`.
    case shiftedGrid(seed: UInt64, cells: Int, keep: Float)
    /// Rectangles, the same in every field: `[M, 4]`, first row, row behind the last, first column,
    /// column behind the last. A mask is 1 inside and 0 outside, or, where it `hides`, the reverse.
    case boxes(any ResidentTensor, hides: Bool)
    /// Pixels by their rank: `ranks` is `[F, H·W]`, whole numbers from 0, and `thresholds` `[M, 1]`,
    /// the same in every field. A mask is 1 where the rank is below its threshold and 0 elsewhere,
    /// or, where it `hides`, the reverse.
    case rank(ranks: any ResidentTensor, thresholds: any ResidentTensor, hides: Bool)
    /// Masks at the size of the image, `[F, M, H·W]`: the definition and the fallback.
    case dense(any ResidentTensor)
  }

  /// What shows where a mask hides the image.
  public enum Fill: Sendable, Hashable {
    /// The baseline.
    case baseline
    /// What the pixels around would give, with noise: each hidden pixel is the weighted mean of its
    /// neighbours (`LinearImputation`), plus normal numbers of this seed times `noise`, one number
    /// for each channel. The same numbers for every mask and image. The baseline is not looked at.
    case imputation(noise: [Float], seed: UInt64)
  }

  /// How the masks are made.
  public var geometry: Geometry
  /// The number of masks of a field, M.
  public var count: Int
  /// `[F, M]`: masks with 0 are skipped and score 0; nil where all are live.
  public var live: (any ResidentTensor)?
  /// The image of each field, as its place in `Probe.images`; nil where fields belong to targets.
  public var images: [Int]?
  /// What shows where a mask hides the image.
  public var fill: Fill

  /// A field.
  public init(
    geometry: Geometry, count: Int, live: (any ResidentTensor)? = nil, images: [Int]? = nil,
    fill: Fill = .baseline
  ) {
    self.geometry = geometry
    self.fill = fill
    self.count = count
    self.live = live
    self.images = images
  }

  /// For each target, the field whose masks lie over its image.
  /// - Precondition: where fields belong to images, every target's image has one.
  public func fields(of targets: [Target]) -> [Int] {
    images.map { targets.places(in: $0) } ?? Array(targets.indices)
  }

  /// The tensors that describe the masks.
  var tensors: [any ResidentTensor] {
    switch geometry {
    case .grid(let maps, let affine, _, _, _): [maps, affine]
    case .shiftedGrid: []
    case .boxes(let boxes, _): [boxes]
    case .rank(let ranks, let thresholds, _): [ranks, thresholds]
    case .dense(let masks): [masks]
    }
  }

  /// The masks of a field where the structure depends on their number; else 0, so that fields of any
  /// number share a plan.
  var structuralCount: Int {
    switch geometry {
    case .grid, .dense: count
    case .shiftedGrid, .boxes, .rank: 0
    }
  }

  /// What of the field is structure.
  var structure: MaskedStructure.Masks {
    switch geometry {
    case .grid(_, _, let height, let width, let alignsCorners):
      .grid(height: height, width: width, alignsCorners: alignsCorners)
    case .shiftedGrid(let seed, let cells, let keep):
      .shiftedGrid(seed: seed, cells: cells, keep: keep)
    case .boxes(_, let hides): .boxes(hides: hides)
    case .rank(_, _, let hides): .rank(hides: hides)
    case .dense: .dense
    }
  }
}

/// Images whose activations at a layer lack a channel each: field f lies over image `images[f]`.
public struct ChannelField: Sendable {
  /// `[F, C, u, v]`: the activations of the clean images at the layer.
  public var activations: any ResidentTensor
  /// `[F, 1]`: what a missing channel is filled with.
  public var fill: any ResidentTensor
  /// The image of each field, as its place in `Probe.images`.
  public var images: [Int]

  /// A field.
  public init(activations: any ResidentTensor, fill: any ResidentTensor, images: [Int]) {
    self.activations = activations
    self.fill = fill
    self.images = images
  }
}

extension [Target] {
  /// The place of each target's image in a list of images.
  /// - Precondition: the list holds every target's image.
  func places(in images: [Int]) -> [Int] {
    let places = Dictionary(zip(images, images.indices), uniquingKeysWith: { first, _ in first })
    return map { target in
      guard let place = places[target.image] else {
        preconditionFailure("image \(target.image) has no row")
      }
      return place
    }
  }
}
