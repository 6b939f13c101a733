import Graphs
import Operators
import Tensors

/// What decides the structure of a forward pass of masked images.
struct MaskedStructure: Hashable, Sendable {
  /// The shape of what a mask is made from.
  enum Masks: Hashable, Sendable {
    /// A small map, to be upsampled.
    case grid(height: Int, width: Int, alignsCorners: Bool)
    /// A mask of the size of the image.
    case dense
  }

  /// How the masks are made.
  var masks: Masks
  /// The masks of a field.
  var count: Int
  /// How outputs become scores.
  var scores: ScoreFunction
  /// What is computed of the outputs where targets are no classes.
  var expression: Expression?

  /// The graph from mask descriptions to scores `[R, 1]`; no masked image outlives it.
  ///
  /// Inputs: images and baselines `[N, C, H, W]`; maps `[F, M, u·v]` and, for grids, affine
  /// `[F, M, 2]`; weights `[F, K]` of the outputs; mixes `[F, 2]`, how much of the probability
  /// and of the plain value makes the score (an expression has its value only); then, a row for each masked image, places `[R, 2]`
  /// (field, mask) and owners `[R, 1]` (image).
  func graph(of network: NetworkLayout) throws(GraphError) -> Graph {
    var builder = GraphBuilder()
    let image = network.imageShape
    let images = builder.input("images", image, rows: .images)
    let baselines = builder.input("baselines", image, rows: .images)
    let mapInputs = try inputs(of: image, in: &builder)
    let weights = builder.input("weights", [1, network.classes], rows: .fields)
    let mixes = builder.input("mixes", [1, 2], rows: .fields)
    let places = builder.input("places", [1, 2])
    let owners = builder.input("owners", [1, 1])
    let mask = try mask(from: mapInputs, at: places, image, in: &builder)
    let masked = try builder.add(MaskedBlend(), [images, baselines, mask, owners])
    let read = expression == nil ? [network.logits] : network.graph.outputs
    let outputs = try builder.inline(
      network.graph.with(outputs: read), replacing: [network.image: masked])
    let field = try builder.add(Slice(axis: 1, range: 0..<1), [places])
    let rowWeights = try builder.add(Gather(), [weights, field])
    let rowMixes = try builder.add(Gather(), [mixes, field])
    var parts: [Value] = []
    if let expression {
      let value = try expression.value(of: outputs, in: &builder)
      parts = [value, value]
    }
    for output in outputs where expression == nil {
      parts.append(try builder.probability(of: output, rowWeights, scores))
      parts.append(try builder.weightedSum(rowWeights, output))
    }
    let both = try builder.add(Concat(axis: 1), parts)
    return try builder.finish(outputs: [builder.weightedSum(rowMixes, both)])
  }

  private func inputs(of image: Shape, in builder: inout GraphBuilder) throws(GraphError)
    -> [Value]
  {
    switch masks {
    case .dense:
      return [builder.input("maps", [1, count, image[2] * image[3]], rows: .fields)]
    case .grid(let height, let width, _):
      return [
        builder.input("maps", [1, count, height * width], rows: .fields),
        builder.input("affine", [1, count, 2], rows: .fields),
      ]
    }
  }

  /// The masks `[R, 1, H, W]`.
  private func mask(
    from inputs: [Value], at places: Value, _ image: Shape, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let map = try builder.add(Gather(), [inputs[0], places])
    guard case .grid(let height, let width, let alignsCorners) = masks else {
      return try builder.add(Reshape([1, 1, image[2], image[3]]), [map])
    }
    let grid = try builder.add(Reshape([1, 1, height, width]), [map])
    let resize = ResizeBilinear(
      height: image[2], width: image[3], alignsCorners: alignsCorners)
    let resized = try builder.add(resize, [grid])
    let affine = try builder.add(Gather(), [inputs[1], places])
    var mask = resized
    for (column, isScale) in [(0, true), (1, false)] {
      let number = try builder.add(Slice(axis: 1, range: column..<column + 1), [affine])
      let spread = try builder.add(Reshape([1, 1, 1, 1]), [number])
      mask =
        isScale
        ? try builder.add(Multiply(), [mask, spread]) : try builder.add(Add(), [mask, spread])
    }
    return mask
  }
}
