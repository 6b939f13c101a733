import Graphs
import Saliency

extension Job {
  /// Asks at once for what all methods will ask for at all layers, where they would ask for
  /// different things: one forward and one backward pass serve them all.
  func shareEvidence(
    _ targets: [Target], in session: Session
  ) async throws(ExplanationError) {
    let queries = methods.flatMap { method in
      layers(of: method).compactMap { layer in
        method.explainer.query(targets, at: layer.parts.map { LayerName($0.tensor) })
      }
    }.filter { $0.rules == .derivative }
    guard let first = queries.first, queries.contains(where: { $0 != first }) else { return }
    var all = first
    for query in queries {
      all.activations += query.activations.filter { !all.activations.contains($0) }
      all.gradients += query.gradients.filter { !all.gradients.contains($0) }
    }
    _ = try await session.evidence(all)
  }
}
