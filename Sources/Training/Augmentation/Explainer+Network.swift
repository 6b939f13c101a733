import Graphs
import Saliency

extension Explainer {
  /// Checks that the method can explain a network at a layer, without a device.
  /// - Throws: `ExplanationError` where there is no such layer, or the method does not suit it.
  func check(at layer: LayerName, in network: Graph) throws(ExplanationError) {
    if readsLayer { _ = try network.activationShape(of: layer) }
    if let obstacle = needs(network).obstacle ?? self.obstacle(at: layer, in: network) {
      throw .unsuitable("\(Self.name): \(obstacle)")
    }
  }
}

extension AugmentationOptions {
  /// Checks that the method can explain a network at a layer, without a device.
  /// - Throws: `TrainingError` where there is no such layer, or the method does not suit it.
  public func check(at layer: LayerName, in network: Graph) throws(TrainingError) {
    do throws(ExplanationError) {
      try explainer.check(at: layer, in: network)
    } catch {
      throw TrainingError(error)
    }
  }
}
