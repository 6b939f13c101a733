import Jobs
import Saliency

extension TrainingJob {
  /// Refuses what no step can be taken with, without a device and before a file is touched.
  /// - Throws: `Failure` where nothing learns, or a name or method does not suit the network.
  public func check() throws(Failure) {
    let network = model.blueprint.graph
    do throws(TrainingError) {
      _ = try options.trained(of: network)
    } catch {
      throw Failure(error, trainedOn: backend.name)
    }
    try checkWindows()
    guard let probe else { return }
    do throws(ExplanationError) {
      try probe.method.explainer.check(at: probe.layer, in: network)
    } catch {
      throw Failure(.usage, "--probe", error.description, try: "leave it out, or a larger --size")
    }
  }
}
