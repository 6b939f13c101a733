import Execution
import Graphs
import Operators
import Tensors

/// Integrated gradients along a straight line, at evenly spaced steps with both ends.
///
/// IG = (x − b) · 1/m · Σ_k ∂y/∂x at b + a[k]·(x − b), a[k] = k / (m − 1), k = 0 ... m − 1: the sum
/// that PAIR's code takes. Gradients are added one after the other in the order of the steps, so
/// the bits of a row depend neither on the other rows nor on how many steps run at once.
struct StraightPath {
  /// x, `[T, C, H, W]`.
  let images: any ResidentTensor
  /// b, `[T, C or 1, H or 1, W or 1]`.
  let baseline: any ResidentTensor
  /// m, at least 2.
  let steps: Int

  /// The images that go through the network at once: whole steps, at least one.
  static let rowsAtOnce = 32

  /// IG of each target, `[T, C, H, W]`.
  /// - Throws: `ExplanationError` where the engine fails.
  func integral(
    _ targets: [Target], seeds: any ResidentTensor, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let width = max(Self.rowsAtOnce / targets.count, 1)
    var sum: (any ResidentTensor)?
    var start = 0
    while start < steps {
      try checkCancellation()
      let range = start..<min(start + width, steps)
      sum = try await add(range, to: sum, targets, seeds, probe)
      start = range.upperBound
    }
    guard let sum else { throw .unsuitable("a path without steps") }
    let count = Float(steps)
    return try await probe.compute([sum, images, baseline]) {
      (builder, inputs) throws(GraphError) in
      let difference = try builder.add(Subtract(), [inputs[1], inputs[2]])
      let product = try builder.add(Multiply(), [inputs[0], difference])
      return [try builder.add(Divide(), [product, builder.constant(count)])]
    }[0]
  }

  private func add(
    _ range: Range<Int>, to sum: (any ResidentTensor)?, _ targets: [Target],
    _ seeds: any ResidentTensor, _ probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let rows = range.flatMap { _ in Array(targets.indices) }
    let places = range.flatMap { step in
      targets.map { _ in Float(step) / Float(steps - 1) }
    }
    let mixed = try await probe.compute([
      probe.take(rows, of: images), probe.take(rows, of: baseline),
      probe.upload(HostTensor([rows.count, 1, 1, 1], places)),
    ]) { (builder, inputs) throws(GraphError) in
      let difference = try builder.add(Subtract(), [inputs[0], inputs[1]])
      let way = try builder.add(Multiply(), [difference, inputs[2]])
      return [try builder.add(Add(), [inputs[1], way])]
    }[0]
    let query = Query(targets: rows.map { targets[$0] }, gradients: [.input])
    let evidence = try await probe.evidence(
      query, on: mixed, seeds: probe.take(rows, of: seeds))
    guard let gradients = evidence.gradients[.input] else {
      throw .unknownLayer(.input, nearest: [])
    }
    var parts = sum.map { [$0] } ?? []
    for step in 0..<range.count {
      let own = targets.indices.map { step * targets.count + $0 }
      parts.append(try await probe.take(own, of: gradients))
    }
    if parts.count == 1 { return parts[0] }
    return try await probe.compute(parts) { (builder, inputs) throws(GraphError) in
      [try builder.add(Accumulate(), inputs)]
    }[0]
  }
}
