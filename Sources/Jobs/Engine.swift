import Execution
import Graphs
import Saliency
import Tensors

/// A network on a device, ready to explain.
public struct Engine: Sendable {
  /// The network.
  public let network: Graph
  /// Its weights on the device.
  public let parameters: any ResidentParameters
  /// The device.
  public let backend: any Backend
  /// How the device is used.
  public var options: SessionOptions
  /// Makes the same network for images of another height and width; nil where all have one size.
  public var resizing: (@Sendable (_ height: Int, _ width: Int) async throws(Failure) -> Engine)?

  /// An engine.
  public init(
    network: Graph, parameters: any ResidentParameters, backend: any Backend,
    options: SessionOptions
  ) {
    self.network = network
    self.parameters = parameters
    self.backend = backend
    self.options = options
  }

  /// `[C, H, W]` of an image.
  public var imageShape: Shape { network.inputs.first.map { network[$0].shape.row } ?? [] }

  /// The length of the vector of classes; 0 where the network gives none.
  public var outputCount: Int {
    network.outputs.first { network[$0].shape.rank == 2 }.map { network[$0].shape[1] } ?? 0
  }
}
