import Graphs
import Operators
import Saliency
import Tensors

/// Patches of 4x4 pixels in raster order; those at the right and lower edge may be smaller.
struct Patches {
  /// How many there are.
  let count: Int
  private let across: Int
  private let width: Int

  /// The patches of an image of this size, at least one pixel.
  init(_ height: Int, _ width: Int) {
    across = (width + 3) / 4
    count = across * ((height + 3) / 4)
    self.width = width
  }

  /// The patch of a pixel.
  func place(of pixel: Int) -> Int { pixel / width / 4 * across + pixel % width / 4 }
}

extension Infidelity {
  /// A pair for each patch of each subject, where patches turn to the baseline one after the other
  /// and stay so.
  func sweepPairs(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [[Pair]] {
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
    let drops = try await drops(under: field, subjects, with: probe)
    // What the map predicts of a pixel: its value times all that its colours lose.
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
      var predicted = 0.0
      return drops[target].indices.map { patch in
        predicted += sums[patch]
        return Pair(predicted: predicted, drop: drops[target][patch])
      }
    }
  }
}
