import Execution
import Jobs

extension Salient.Model {
  /// The network on an engine that counts the device memory of what it is asked to do and computes
  /// nothing; nil for the reference, which counts none.
  /// - Throws: `Failure` where the weights cannot be named.
  public func rehearsal() async throws(Failure) -> Engine? {
    guard let backend = device.rehearsal() else { return nil }
    do throws(BackendError) {
      return Engine(
        network: engine.network, parameters: try await backend.upload(network.weights),
        backend: backend, options: engine.options)
    } catch {
      throw Failure(error, device: self.device.name)
    }
  }
}
