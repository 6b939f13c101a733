import Operators
import Saliency
import Tensors

extension Infidelity {
  /// Squares of the stream of perturbations, the same for every image: rows and columns, all inside
  /// of an image of this size, their sides 1/28 to 10/28 of the shorter one.
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

  /// A pair for each square that is replaced by the baseline, of each subject.
  func squarePairs(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [[Pair]] {
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
    let drops = try await drops(under: field, subjects, with: probe)
    let maps = try await wholeMaps(of: subjects)
    return zip(maps, drops).map { map, drops in
      let area = SummedArea(map, height: height, width: width)
      return zip(squares, drops).map { square, drop in
        Pair(predicted: area.sum(square.rows, square.columns), drop: drop)
      }
    }
  }

  /// y(x) − y(x[i]) for each mask of a field.
  func drops(
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
