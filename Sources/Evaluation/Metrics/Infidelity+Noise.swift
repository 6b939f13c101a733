import Graphs
import Operators
import Saliency
import Tensors

extension Infidelity {
  /// A pair for each copy of each subject's image that noise is taken from.
  func noisePairs(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [[Pair]] {
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
    var pairs: [[Pair]] = targets.map { _ in [] }
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
      let (predicted, last) = (try await read(changed[1]), try await read(values))
      for (row, target) in order.enumerated() {
        pairs[target].append(
          Pair(
            predicted: Double(predicted[row]), drop: Double(first[target]) - Double(last[row])))
      }
    }
    return pairs
  }
}
