import Graphs
import Tensors

/// Pictures blended with a baseline under masks; each mask names the picture it belongs to.
///
/// y[r] = m[r] · x[owner[r]] + (1 − m[r]) · baseline[owner[r]]: Group-CAM (Zhang et al. 2021, eq. 6),
/// with a black baseline Score-CAM and RISE. Computed just so: mask 1 gives the picture and mask 0 the
/// baseline exactly. An owner that is no picture gives zeros.
///
/// Inputs: images and baseline `[M, C, H, W]`, mask `[R, 1, H, W]`, owner `[R, 1]`. Output:
/// `[R, C, H, W]`, with the rows of mask.
public struct MaskedBlend: Operator {
  /// The stem of every file about this operator.
  public static let name = "masked_blend"

  /// The operator; it has no parameters.
  public init() {}

  /// `[R, C, H, W]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(
      inputs, ranks: [4, 4, 4, 2],
      takes: "images and baseline [M, C, H, W], mask [R, 1, H, W], owner [R, 1]")
    let (images, mask) = (inputs[0], inputs[2])
    guard inputs[1] == images, mask == [mask[0], 1, images[2], images[3]],
      inputs[3] == [mask[0], 1]
    else { throw ShapeError(Self.name, "\(Self.list(inputs)) do not fit") }
    return try Self.sized(images.withRows(mask[0]))
  }

  /// The rows of mask.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    guard inputs.count == 4, inputs[0] == inputs[1], inputs[2] == inputs[3] else {
      throw ShapeError(Self.name, "images and baseline, or mask and owner, count different rows")
    }
    return inputs[2]
  }

  /// The formula, element by element.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (images, baseline, mask, owner) = (inputs[0], inputs[1], inputs[2], inputs[3])
    let size = images.shape.row.elementCount
    let plane = images.shape[2] * images.shape[3]
    return HostTensor(checkedShape(inputs)) { flat in
      let (row, element) = (flat / size, flat % size)
      guard let image = place(owner[row], below: images.shape[0]) else { return 0 }
      let m = mask[row * plane + element % plane]
      return m * images[image * size + element] + (1 - m) * baseline[image * size + element]
    }
  }

  /// The derivative with respect to pictures, baselines and masks; an owner has none.
  ///
  /// dx[i] = Σ m · dy and dbaseline[i] = Σ (1 − m) · dy over the rows that i owns, and
  /// dm = Σ_c dy · (x − baseline).
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let (images, baseline, mask, owner) = (
      site.inputs[0], site.inputs[1], site.inputs[2], site.inputs[3]
    )
    let rest = try graph.add(Subtract(), [graph.constant(1), mask])
    let seen = try graph.add(Multiply(), [site.upstream, mask])
    let hidden = try graph.add(Multiply(), [site.upstream, rest])
    let difference = try graph.add(
      Subtract(),
      [graph.add(Gather(), [images, owner]), graph.add(Gather(), [baseline, owner])])
    let product = try graph.add(Multiply(), [site.upstream, difference])
    return [
      try graph.add(ScatterAdd(), [seen, owner, images]),
      try graph.add(ScatterAdd(), [hidden, owner, baseline]),
      try graph.add(ReduceSum(axes: [1], keepsAxes: true), [product]),
      nil,
    ]
  }

  /// Two products, a difference and a sum for each element.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 4 * outputCount(inputs))
  }
}
