import Graphs
import Imaging
import Jobs
import Models
import Tensors

/// A network to be trained, and what its files will say of it.
public struct TrainableModel: Sendable {
  /// The network.
  public let blueprint: Blueprint
  /// The weights that it begins with.
  public let weights: [ParameterName: any WeightSource]
  /// The names of the classes.
  public let labels: [String]
  /// How pictures become its images.
  public let preset: Preset

  /// A model.
  /// - Precondition: a label for each class.
  public init(
    _ blueprint: Blueprint, _ weights: [ParameterName: any WeightSource], labels: [String],
    preset: Preset
  ) {
    precondition(labels.count == blueprint.classCount, "\(labels.count) labels")
    self.blueprint = blueprint
    self.weights = weights
    self.labels = labels
    self.preset = preset
  }

  /// The numbers that are dropped out while it learns, by the value that they are dropped out of.
  public var dropouts: [Value: Float] { blueprint.dropoutShares }

  /// The file of the model: weights, and what makes them a network without a flag.
  /// - Parameter learned: the weights that have changed, by name.
  /// - Returns: its bytes.
  func file(_ learned: [ParameterName: HostTensor<Float>]) -> SafetensorsChunks {
    let tensors = blueprint.parameters.compactMap { parameter in
      let source = learned[parameter.name].map { HostWeights($0) as any WeightSource }
      return (source ?? weights[parameter.name]).map { (name: parameter.name, source: $0) }
    }
    let names = JSONValue.array(labels.map(JSONValue.string)).description
    return SafetensorsChunks(
      tensors,
      metadata: [
        "arch": blueprint.architecture.rawValue, "labels": names, "preset": preset.json,
      ])
  }
}

extension Blueprint {
  /// The numbers that are dropped out in training, by the value that they are dropped out of.
  var dropoutShares: [Value: Float] {
    Dictionary(dropouts.map { ($0.value, $0.probability) }) { $1 }
  }
}
