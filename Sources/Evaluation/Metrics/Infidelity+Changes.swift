import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// Patches of 4x4 pixels in raster order; those at the right and lower edge may be smaller.
struct Patches {
  let across: Int
  let count: Int
  let width: Int

  init(_ height: Int, _ width: Int) {
    across = (width + 3) / 4
    count = across * ((height + 3) / 4)
    self.width = width
  }

  /// The patch of a pixel.
  func place(of pixel: Int) -> Int { pixel / width / 4 * across + pixel % width / 4 }
}

/// Sums over rectangles of a map, in double precision.
struct SummedArea {
  private let sums: [Double]
  private let width: Int

  init(_ map: [Double], height: Int, width: Int) {
    var sums = [Double](repeating: 0, count: (height + 1) * (width + 1))
    for y in 0..<height {
      var row = 0.0
      for x in 0..<width {
        row += map[y * width + x]
        sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row
      }
    }
    self.sums = sums
    self.width = width + 1
  }

  /// The sum from a row and a column to before others.
  func sum(_ rows: Range<Int>, _ columns: Range<Int>) -> Double {
    sums[rows.upperBound * width + columns.upperBound]
      - sums[rows.lowerBound * width + columns.upperBound]
      - sums[rows.upperBound * width + columns.lowerBound]
      + sums[rows.lowerBound * width + columns.lowerBound]
  }
}

extension Infidelity {
  typealias Pairs = [[(foretold: Double, found: Double)]]

  /// Squares of the stream of perturbations, the same for every image: rows and columns.
  static func squares(
    _ count: Int, height: Int, width: Int, seed: UInt64
  ) -> [(rows: Range<Int>, columns: Range<Int>)] {
    let philox = Philox(seed: seed)
    let extent = min(height, width)
    let least = max(1, (extent + 27) / 28)
    let most = max(least, 10 * extent / 28)
    return (0..<count).map { place in
      func draw(_ number: Int, below bound: Int) -> Int {
        Int(
          philox.integer(
            UInt64(3 * place + number), below: UInt32(bound), stream: .perturbations))
      }
      let side = least + draw(0, below: most - least + 1)
      let (top, left) = (
        draw(1, below: height - side + 1), draw(2, below: width - side + 1)
      )
      return (top..<top + side, left..<left + side)
    }
  }

  /// What the map says and what is found where squares are replaced.
  func squarePairs(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> Pairs {
    let (height, width) = (subjects.maps.shape[2], subjects.maps.shape[3])
    let squares = Self.squares(
      chosen.integer("n"), height: height, width: width, seed: probe.seed)
    let corners = squares.flatMap { square in
      [
        square.rows.lowerBound, square.rows.upperBound, square.columns.lowerBound,
        square.columns.upperBound,
      ].map(Float.init)
    }
    let boxes = try await probe.upload(HostTensor([squares.count, 4], corners))
    let field = MaskField(geometry: .boxes(boxes, hides: true), count: squares.count)
    let falls = try await falls(under: field, subjects, with: probe)
    let maps = try await wholeMaps(of: subjects)
    return zip(maps, falls).map { map, falls in
      let area = SummedArea(map, height: height, width: width)
      return zip(squares, falls).map { square, fall in
        (foretold: area.sum(square.rows, square.columns), found: fall)
      }
    }
  }

  /// The same where patches turn to the baseline one after the other and stay so.
  func sweepPairs(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> Pairs {
    let (height, width) = (subjects.maps.shape[2], subjects.maps.shape[3])
    let (patches, pixels) = (Patches(height, width), height * width)
    let places = (0..<pixels).map { patches.place(of: $0) }
    let ranks = try await probe.take(
      subjects.targets.map { _ in 0 },
      of: probe.upload(HostTensor([1, pixels], places.map(Float.init))))
    let thresholds = try await probe.upload(
      HostTensor([patches.count, 1]) { Float($0 + 1) })
    let field = MaskField(
      geometry: .rank(ranks: ranks, thresholds: thresholds, hides: true), count: patches.count)
    let falls = try await falls(under: field, subjects, with: probe)
    // What the map foretells of a pixel: its value times all that its colours lose.
    let order = subjects.targets.map(\.image)
    let lost = try await read(
      probe.compute([
        probe.take(order, of: probe.images),
        probe.take(order, of: baseline.images(of: probe)),
        subjects.maps,
      ]) { (builder, inputs) throws(GraphError) in
        let change = try builder.add(Subtract(), [inputs[0], inputs[1]])
        let sum = try builder.add(ReduceSum(axes: [1], keepsAxes: true), [change])
        return [try builder.add(Multiply(), [sum, inputs[2]])]
      }[0])
    return subjects.targets.indices.map { target in
      var sums = [Double](repeating: 0, count: patches.count)
      for (pixel, value) in lost.rows(target..<target + 1).elements.enumerated() {
        sums[places[pixel]] += Double(value)
      }
      var foretold = 0.0
      return falls[target].indices.map { patch in
        foretold += sums[patch]
        return (foretold: foretold, found: falls[target][patch])
      }
    }
  }

  /// The same where noise is taken from every pixel.
  func noisePairs(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> Pairs {
    guard let attributions = subjects.attributions, attributions.shape.row == probe.images.shape.row
    else { throw .unsuitable("infidelity.perturb=noise needs the derivatives of all colours") }
    let clean = try await probe.evidence(Query(targets: subjects.targets))
    let images = try await subjects.images(with: probe)
    let (targets, count) = (subjects.targets, chosen.integer("n"))
    let sigma = Float(chosen.number("sigma"))
    let noise = RandomNumbers(
      .normal, seed: probe.seed, stream: .perturbations, block: images.shape.row)
    guard let start = clean.differentiated else { throw .unsuitable("the target has no value") }
    let first = try await read(start)
    var pairs: Pairs = targets.map { _ in [] }
    // A fixed number of rows at once, so memory does not grow with the number of changes.
    let copies = max(1, 16 / targets.count)
    for chunk in stride(from: 0, to: count, by: copies) {
      try checkCancellation()
      let samples = Array(chunk..<min(chunk + copies, count))
      let order = samples.flatMap { _ in targets.indices }
      let numbers = samples.flatMap { sample in targets.map { _ in Float(sample) } }
      let changed = try await probe.compute([
        probe.take(order, of: images), probe.take(order, of: attributions),
        probe.upload(HostTensor([order.count, 1], numbers)),
      ]) { (builder, inputs) throws(GraphError) in
        let change = try builder.add(
          Multiply(), [builder.add(noise, [inputs[2]]), builder.constant(sigma)])
        let product = try builder.add(Multiply(), [change, inputs[1]])
        return [
          try builder.add(Subtract(), [inputs[0], change]),
          try builder.add(
            Reshape([1, 1]),
            [builder.add(ReduceSum(axes: [1, 2, 3], keepsAxes: true), [product])]),
        ]
      }
      let found = try await probe.evidence(
        Query(targets: order.map { targets[$0] }), on: changed[0],
        seeds: probe.take(order, of: clean.seeds))
      guard let values = found.differentiated else { throw .unsuitable("the target has no value") }
      let (foretold, last) = (try await read(changed[1]), try await read(values))
      for (row, target) in order.enumerated() {
        pairs[target].append(
          (
            foretold: Double(foretold[row]), found: Double(first[target]) - Double(last[row])
          ))
      }
    }
    return pairs
  }

  /// y(x) − y(x[i]) for each mask of a field.
  private func falls(
    under field: MaskField, _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [[Double]] {
    let targets = subjects.targets.map { target in
      var scored = target
      if target.head == .logit { scored.score = .value }
      return scored
    }
    let views = try await probe.views(for: targets, activations: [])
    let clean = try await read(probe.scores(of: views, targets))
    let table = try await read(
      probe.scores(
        under: field, baseline: baseline.images(of: probe), targets, seeds: views.seeds))
    return targets.indices.map { target in
      let isLogarithm = targets[target].head == .logProbability
      // Scores carry the sign of the target; a logarithm is taken of the probability.
      func value(_ score: Float) -> Double {
        guard isLogarithm else { return Double(score) }
        let logarithm = naturalLogarithm(Double(abs(score)))
        return targets[target].negated ? -logarithm : logarithm
      }
      return table.rows(target..<target + 1).elements.map { value(clean[target]) - value($0) }
    }
  }

  /// The map of each subject; attributions summed over their colours where there are such.
  private func wholeMaps(of subjects: Subjects) async throws(ExplanationError) -> [[Double]] {
    let maps: HostTensor<Float>
    if let attributions = subjects.attributions {
      maps = try await read(attributions)
    } else {
      maps = try await subjects.hostMaps()
    }
    let plane = subjects.maps.shape.row.elementCount
    return subjects.targets.indices.map { target in
      var sum = [Double](repeating: 0, count: plane)
      for (place, value) in maps.rows(target..<target + 1).elements.enumerated() {
        sum[place % plane] += Double(value)
      }
      return sum
    }
  }
}
