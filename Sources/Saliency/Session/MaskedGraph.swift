import Graphs
import Operators
import Tensors

/// What decides the structure of a forward pass of masked images.
struct MaskedStructure: Hashable, Sendable {
  /// What a mask is made from.
  enum Masks: Hashable, Sendable {
    /// A small map, to be upsampled.
    case grid(height: Int, width: Int, alignsCorners: Bool)
    /// Random bits and a shift.
    case shiftedGrid(seed: UInt64, cells: Int, keep: Float)
    /// A rectangle.
    case boxes(hides: Bool)
    /// The first pixels of an order.
    case rank(hides: Bool)
    /// A mask of the size of the image.
    case dense
  }

  /// How the masks are made.
  var masks: Masks
  /// The masks of a field, where they are stored; 0 where they are made of their numbers.
  var count: Int
  /// How outputs become scores.
  var scores: ScoreFunction
  /// What is computed of the outputs where targets are no classes.
  var expression: Expression?
  /// What shows where a mask hides the image.
  var fill = MaskField.Fill.baseline

  /// The graph from mask descriptions to the outputs of the network; no masked image outlives it.
  ///
  /// Inputs: images and baselines `[N, C, H, W]`; maps `[F, M, u·v]` and, for grids, affine
  /// `[F, M, 2]`, or boxes `[M, 4]`, or ranks `[F, H·W]` and thresholds `[M, 1]`, or nothing; then, a row for each masked image, places `[R, 2]`
  /// (field, mask) and owners `[R, 1]` (image). Outputs: those of `readouts`.
  func graph(of network: NetworkLayout) throws(GraphError) -> Graph {
    var builder = GraphBuilder()
    let image = network.imageShape
    let images = builder.input("images", image, rows: .images)
    let baselines = builder.input("baselines", image, rows: .images)
    let descriptions = inputs(of: image, in: &builder)
    let places = builder.input("places", [1, 2])
    let owners = builder.input("owners", [1, 1])
    let mask = try mask(from: descriptions, at: places, image, in: &builder)
    let masked = try filled(
      images, baselines, mask, owners: owners, places: places, in: &builder)
    let read = expression == nil ? [network.logits] : network.graph.outputs
    let outputs = try builder.inline(
      network.graph.with(outputs: read), replacing: [network.image: masked])
    return try builder.finish(outputs: builder.readouts(of: outputs, scores, expression))
  }

  private func inputs(of image: Shape, in builder: inout GraphBuilder) -> [Value] {
    switch masks {
    case .dense:
      [builder.input("maps", [1, count, image[2] * image[3]], rows: .fields)]
    case .grid(let height, let width, _):
      [
        builder.input("maps", [1, count, height * width], rows: .fields),
        builder.input("affine", [1, count, 2], rows: .fields),
      ]
    case .boxes: [builder.input("boxes", [1, 4], rows: .cells)]
    case .rank:
      [
        builder.input("ranks", [1, image[2] * image[3]], rows: .fields),
        builder.input("thresholds", [1, 1], rows: .cells),
      ]
    case .shiftedGrid: []
    }
  }

  /// The masked images `[R, C, H, W]`.
  private func filled(
    _ images: Value, _ baselines: Value, _ mask: Value, owners: Value, places: Value,
    in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    guard case .imputation(let noise, let seed) = fill else {
      return try builder.add(MaskedBlend(), [images, baselines, mask, owners])
    }
    let image = try builder.add(Gather(), [images, owners])
    let imputed = try builder.add(LinearImputation(), [image, mask])
    guard noise.contains(where: { $0 != 0 }) else { return imputed }
    let block = builder.shape(of: image).row
    let numbers = RandomNumbers(.normal, seed: seed, stream: .imputation, block: block)
    let zero = try builder.add(
      Multiply(), [builder.add(Slice(axis: 1, range: 0..<1), [places]), builder.constant(0)])
    let levels = HostTensor<Float>([1, block[0], 1, 1]) { noise[$0 % noise.count] }
    let scaled = try builder.add(
      Multiply(), [builder.add(numbers, [zero]), builder.constant(levels)])
    let hidden = try builder.add(Subtract(), [builder.constant(1), mask])
    return try builder.add(Add(), [imputed, builder.add(Multiply(), [scaled, hidden])])
  }

  /// The masks `[R, 1, H, W]`.
  private func mask(
    from inputs: [Value], at places: Value, _ image: Shape, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    switch masks {
    case .dense:
      let map = try builder.add(Gather(), [inputs[0], places])
      return try builder.add(Reshape([1, 1, image[2], image[3]]), [map])
    case .grid:
      let map = try builder.add(Gather(), [inputs[0], places])
      let affine = try builder.add(Gather(), [inputs[1], places])
      return try grid(map, affine, image, in: &builder)
    case .rank(let hides):
      let field = try builder.add(Slice(axis: 1, range: 0..<1), [places])
      let number = try builder.add(Slice(axis: 1, range: 1..<2), [places])
      let mask = try builder.isFirst(
        ranks: builder.add(Gather(), [inputs[0], field]),
        thresholds: builder.add(Gather(), [inputs[1], number]), hides: hides)
      return try builder.add(Reshape([1, 1, image[2], image[3]]), [mask])
    case .shiftedGrid, .boxes:
      let number = try builder.add(Slice(axis: 1, range: 1..<2), [places])
      let description = try inputs.first.map { boxes throws(GraphError) in
        try builder.add(Gather(), [boxes, number])
      }
      return try masks.mask(description ?? number, image, in: &builder)
    }
  }

  private func grid(
    _ map: Value, _ affine: Value, _ image: Shape, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    guard case .grid(let height, let width, let alignsCorners) = masks else { return map }
    let resize = ResizeBilinear(
      height: image[2], width: image[3], alignsCorners: alignsCorners)
    // Bilinear weights sum to one, so a mask is scaled and shifted on its grid.
    var grid = try builder.add(Reshape([1, 1, height, width]), [map])
    for (column, isScale) in [(0, true), (1, false)] {
      let number = try builder.add(Slice(axis: 1, range: column..<column + 1), [affine])
      let spread = try builder.add(Reshape([1, 1, 1, 1]), [number])
      grid =
        isScale
        ? try builder.add(Multiply(), [grid, spread]) : try builder.add(Add(), [grid, spread])
    }
    return try builder.add(resize, [grid])
  }
}

extension MaskedStructure.Masks {
  /// Masks `[R, 1, H, W]` that no field changes, from their numbers `[R, 1]` or boxes `[R, 4]`.
  func mask(
    _ description: Value, _ image: Shape, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    switch self {
    case .shiftedGrid(let seed, let cells, let keep):
      let grid = RandomGrid(
        seed: seed, cells: cells, keep: keep, height: image[2], width: image[3])
      let numbers = try builder.add(grid, [description])
      return try builder.add(
        ShiftedGrid(cells: cells, height: image[2], width: image[3]), [numbers])
    case .boxes(let hides):
      let rows = try builder.isInside(description, 0..<2, axis: 2, extent: image[2])
      let columns = try builder.isInside(description, 2..<4, axis: 3, extent: image[3])
      let inside = try builder.add(Multiply(), [rows, columns])
      return hides ? try builder.add(Subtract(), [builder.constant(1), inside]) : inside
    case .grid, .rank, .dense:
      preconditionFailure("masks that differ from field to field")
    }
  }
}

extension GraphBuilder {
  /// What targets read: the logits `[R, K]` and, where outputs share a softmax, the probabilities;
  /// of an expression its value `[R, 1]`.
  mutating func readouts(
    of outputs: [Value], _ scores: ScoreFunction, _ expression: Expression? = nil
  ) throws(GraphError) -> [Value] {
    if let expression { return [try expression.value(of: outputs, in: &self)] }
    let logits = outputs[0]
    return scores == .softmax ? [logits, try add(Softmax(axis: 1), [logits])] : [logits]
  }

  /// 1 where a rank is below its threshold, else 0; the reverse where it hides.
  mutating func isFirst(
    ranks: Value, thresholds: Value, hides: Bool
  ) throws(GraphError) -> Value {
    // Whole numbers: the difference is exact, and half of one off is neither 0 nor another's.
    let behind = try add(Subtract(), [ranks, thresholds])
    if hides { return try add(Step(lower: -0.5), [behind]) }
    return try add(Step(lower: -.infinity, upper: -0.5), [behind])
  }

  /// 1 where a place along an axis is not before the first and before the second of two numbers of
  /// each box, else 0.
  fileprivate mutating func isInside(
    _ boxes: Value, _ range: Range<Int>, axis: Int, extent: Int
  ) throws(GraphError) -> Value {
    let places = Shape([1, 1, axis == 2 ? extent : 1, axis == 3 ? extent : 1])
    let centres = constant(HostTensor(places) { Float($0) + 0.5 })
    var ends: [Value] = []
    for column in range {
      let number = try add(Slice(axis: 1, range: column..<column + 1), [boxes])
      ends.append(try add(Reshape([1, 1, 1, 1]), [number]))
    }
    let isBehindFirst = try add(Step(), [add(Subtract(), [centres, ends[0]])])
    let isBeforeSecond = try add(Step(), [add(Subtract(), [ends[1], centres])])
    return try add(Multiply(), [isBehindFirst, isBeforeSecond])
  }
}
