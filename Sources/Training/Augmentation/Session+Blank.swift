import Execution
import Graphs
import Saliency
import Tensors

extension Session {
  /// A session for batches that come later: until then it keeps a blank image and no picture.
  /// - Parameters:
  ///   - network: as inference has it.
  ///   - parameters: its weights on the device.
  ///   - backend: the engine of both.
  ///   - options: how the device is used.
  /// - Throws: `ExplanationError` where the network does not fit or the engine fails.
  init(
    blank network: Graph, _ parameters: any ResidentParameters, on backend: any Backend,
    _ options: SessionOptions
  ) async throws(ExplanationError) {
    let shape = network.inputs.first.map { network[$0].shape } ?? [1]
    let images = try await Saliency.engine { () async throws(BackendError) in
      try await backend.upload(HostTensor(shape, filledWith: 0))
    }
    try self.init(
      network: network, parameters: parameters, images: images, backend: backend, options: options)
  }
}
