import Execution
import Graphs
import Operators
import Tensors

/// Images with a target each, as a method of the input-gradient family takes them.
struct ImageRows {
  /// R targets; of each only head and sign count.
  var targets: [Target]
  /// `[R, C, H, W]`.
  var images: any ResidentTensor
  /// `[R, K]`: the outputs that the targets read.
  var seeds: any ResidentTensor

  /// The most images that are handed over at once: memory does not grow with steps or samples.
  static let atOnce = 16

  /// How many copies of all images are handed over at once.
  var copies: Int { max(1, Self.atOnce / max(1, targets.count)) }

  /// So many copies of all rows, one set after the other.
  func repeated(_ count: Int, with probe: some Probe) async throws(ExplanationError) -> ImageRows {
    let order = (0..<count).flatMap { _ in targets.indices }
    return ImageRows(
      targets: order.map { targets[$0] }, images: try await probe.take(order, of: images),
      seeds: try await probe.take(order, of: seeds))
  }
}

/// A number for each colour of each pixel: what the methods of the input-gradient family compute
/// before colours are reduced.
protocol InputAttribution: Sendable {
  /// The passes of one image, beside those of the clean image.
  var passes: Passes { get }

  /// Values `[R, C, H, W]`; each row depends on nothing but its own image and target.
  func values(
    of rows: ImageRows, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor
}

/// The gradient of the target by the image, plain or under rules, and times the image where asked.
struct InputGradient: InputAttribution, Hashable {
  /// How relevance passes the nodes on the way back.
  var rules = RuleBook.derivative
  /// Whether the gradient is multiplied by the image.
  var timesInput = false

  var passes: Passes { Passes(forwards: 1, backwards: 1) }

  func values(
    of rows: ImageRows, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let query = Query(targets: rows.targets, gradients: [.image], rules: rules)
    let evidence = try await probe.evidence(query, on: rows.images, seeds: rows.seeds)
    return try await finished(try evidence.imageGradient, rows.images, with: probe)
  }

  /// The same for the clean images, with their evidence, shared between methods.
  func clean(
    _ targets: [Target], with probe: some Probe
  ) async throws(ExplanationError) -> (values: any ResidentTensor, evidence: Evidence) {
    let evidence = try await probe.evidence(
      Query(
        targets: targets, activations: timesInput ? [.image] : [], gradients: [.image],
        rules: rules))
    let gradient = try evidence.imageGradient
    guard timesInput, let images = evidence.activations[.image] else { return (gradient, evidence) }
    return (try await finished(gradient, images, with: probe), evidence)
  }

  private func finished(
    _ gradient: any ResidentTensor, _ images: any ResidentTensor, with probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    guard timesInput else { return gradient }
    return try await probe.compute([gradient, images]) { (builder, inputs) throws(GraphError) in
      [try builder.add(Multiply(), inputs)]
    }[0]
  }
}

extension Evidence {
  /// The gradient by the image.
  var imageGradient: any ResidentTensor {
    get throws(ExplanationError) {
      guard let gradient = gradients[.image] else { throw .unknownLayer(.image, nearest: []) }
      return gradient
    }
  }
}

extension Probe {
  /// The clean image of each target, with the outputs that the targets read.
  func cleanRows(
    _ targets: [Target]
  ) async throws(ExplanationError) -> (rows: ImageRows, evidence: Evidence) {
    let evidence = try await evidence(Query(targets: targets))
    let images = try await take(targets.map(\.image), of: images)
    return (ImageRows(targets: targets, images: images, seeds: evidence.seeds), evidence)
  }
}
