import Evaluation
import Execution
import Graphs
import Operators
import Saliency
import Tensors

extension BatchEvaluator {
  /// Maps of one kind for some targets of a batch.
  struct Kind: Sendable {
    let maps: any ResidentTensor
    var attributions: (any ResidentTensor)?
    var maker: Maker?
    /// Whether they are derivatives of the target by the image, as far as anybody says.
    var areDerivatives = false
    /// Why a target, by its place among these, has no map.
    var failures: [Int: Failure] = [:]
    /// Finished maps at their own size, and what of their pictures they cover.
    var own: [Int: PlacedMap] = [:]
  }

  /// The maps of a method; one that holds NaN or infinity is a failure of its image.
  func explain(
    _ method: MethodRequest, _ layer: LayerRequest, _ targets: [Target], in session: Session
  ) async throws(ExplanationError) -> Kind {
    let maker = Maker(method.explainer, at: layer.parts.map { LayerName($0.tensor) })
    let explanation = try await method.explainer.explain(
      targets, at: maker.layers, with: session)
    let summaries = try await explanation.summaries()
    var kind = Kind(
      maps: try await session.colourless(explanation.maps), maker: maker,
      areDerivatives: method.explainer.isDerivative)
    if method.explainer.gradientDisplay != nil, let raw = explanation.raw, raw.shape.rank == 4,
      raw.shape[1] == session.images.shape[1],
      raw.shape.row == session.images.shape.row
    {
      kind.attributions = raw
    } else if explanation.maps.shape[1] > 1 {
      kind.attributions = explanation.maps
    }
    for (target, summary) in summaries.enumerated() {
      guard let error = summary.error else { continue }
      kind.failures[target] = Failure(error, engine: job.engine)
    }
    return kind
  }

  /// Finished maps from files, at their own size and brought to that of the network.
  func read(
    _ kind: MapKind, _ piece: [Int], _ batch: EvaluationBatch, in session: Session
  ) async throws(ExplanationError) -> Kind {
    let (height, width) = (session.images.shape[2], session.images.shape[3])
    var elements: [Float] = []
    elements.reserveCapacity(piece.count * height * width)
    var failures: [Int: Failure] = [:]
    var own: [Int: PlacedMap] = [:]
    for (place, target) in piece.enumerated() {
      let (input, image) = batch.images[batch.targets[target].image]
      do throws(Failure) {
        let map = try evaluation.maps?.map(
          kind, of: input, for: batch.explained[target], image.facts)
        guard let map else { throw Failure(.missing, input.source, "has no map") }
        own[place] = map
        elements += map.values(over: image.facts.region, height: height, width: width)
      } catch {
        failures[place] = error
        elements += [Float](repeating: 0, count: height * width)
      }
    }
    let maps = try await session.upload(HostTensor([piece.count, 1, height, width], elements))
    return Kind(
      maps: maps, areDerivatives: evaluation.maps?.explainer(of: kind)?.isDerivative ?? false,
      failures: failures, own: own)
  }
}
