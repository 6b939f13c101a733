import Graphs
import Tensors

/// A network made by code: what is computed, and which parameters it needs.
///
/// Parameters have the names of PyTorch's `state_dict`; batch normalisations are nodes of their own.
public struct Blueprint: Sendable {
  /// A parameter, running statistics among them.
  public struct Parameter: Sendable, Hashable {
    /// `layer1.0.conv1.weight`.
    public let name: ParameterName
    /// Its shape.
    public let shape: Shape
    /// How it begins.
    public let initialisation: Initialisation
  }

  /// A place where training drops numbers out; the graph itself, which is that of inference, has none.
  public struct Dropout: Sendable, Hashable {
    /// The module, `classifier.2`.
    public let name: LayerName
    /// What is dropped out of, for all who read it.
    public let value: Value
    /// The share of the numbers that become 0, in `0..<1`.
    public let probability: Float
  }

  /// The architecture.
  public let architecture: Architecture
  /// One input, the normalised image `[1, 3, H, W]`; one output, the logits `[1, K]`.
  public let graph: Graph
  /// The parameters in the order of the modules.
  public let parameters: [Parameter]
  /// The dropouts in the order of the modules; none in most architectures.
  public let dropouts: [Dropout]

  /// The number of classes.
  public var classCount: Int { graph[graph.outputs[0]].shape[1] }

  /// The weight and the bias of the last layer, which are new where the classes are.
  public var head: [ParameterName] {
    ["weight", "bias"].map { ParameterName("\(architecture.head).\($0)") }
  }

  /// The parameters of a network that has learned nothing.
  /// - Parameter seed: where the numbers come from.
  /// - Returns: one source for each of `parameters`.
  public func initialWeights(seed: UInt64) -> [ParameterName: any WeightSource] {
    var weights: [ParameterName: any WeightSource] = [:]
    for (place, parameter) in parameters.enumerated() {
      weights[parameter.name] = InitialWeights(
        parameter.shape, parameter.initialisation, seed: seed, place: place)
    }
    return weights
  }

  /// The network with parameters.
  /// - Parameters:
  ///   - weights: one for each parameter, of its shape.
  ///   - metadata: what the network says about itself.
  ///   - producer: the program that wrote the weights; empty where it is not known.
  /// - Returns: the network, whose one output is `logits`.
  public func network(
    _ weights: [ParameterName: any WeightSource], metadata: [String: String] = [:],
    producer: String = ""
  ) -> Network {
    let logits = graph.outputs[0]
    let output = Network.Output(
      name: "logits", value: logits, fileValue: logits, terminal: .none, classCount: classCount)
    return Network(
      graph: graph, weights: weights, outputs: [output], isSizeFixed: false, metadata: metadata,
      producer: producer, notes: [])
  }
}
