import Graphs
import Models
import Tensors
import Testing

/// The architecture of the bundled models, built from weights.
@Suite struct ScenesNetworkTests {
  /// One tensor of a safetensors file, filled with zeros.
  struct Tensor {
    let name: String
    let shape: [Int]
  }

  /// The tensors of a network of one stage, as PyTorch names them.
  static let tensors: [Tensor] =
    [Tensor(name: "conv1.weight", shape: [4, 3, 3, 3])] + norm("bn1", 4)
    + [Tensor(name: "layer1.0.conv1.weight", shape: [6, 4, 3, 3])] + norm("layer1.0.bn1", 6)
    + [Tensor(name: "layer1.0.conv2.weight", shape: [6, 6, 3, 3])] + norm("layer1.0.bn2", 6)
    + [Tensor(name: "layer1.0.downsample.0.weight", shape: [6, 4, 1, 1])]
    + norm("layer1.0.downsample.1", 6)
    + [Tensor(name: "fc.weight", shape: [5, 6]), Tensor(name: "fc.bias", shape: [5])]

  private static func norm(_ name: String, _ channels: Int) -> [Tensor] {
    ["weight", "bias", "running_mean", "running_var"].map {
      Tensor(name: "\(name).\($0)", shape: [channels])
    }
  }

  private func network(_ tensors: [Tensor], arch: String = "salient-scenes") throws -> Network {
    var (entries, offset) = ([#""__metadata__":{"arch":"\#(arch)"}"#], 0)
    for tensor in tensors {
      let end = offset + 4 * tensor.shape.reduce(1, *)
      entries.append(
        #""\#(tensor.name)":{"dtype":"F32","shape":\#(tensor.shape),"data_offsets":[\#(offset),\#(end)]}"#
      )
      offset = end
    }
    let header = "{\(entries.joined(separator: ","))}"
    let bytes = SafetensorsTests.file(header, [UInt8](repeating: 0, count: offset))
    return try ModelFile.recognise(MappedFile(copying: bytes, name: "w.safetensors")).network()
  }

  @Test func modulesAreNamedAsInPyTorch() throws {
    let network = try network(Self.tensors)
    #expect(network.imageShape == [3, 128, 128])
    #expect(network.classCount == 5)
    #expect(network.parameterCount == Self.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) })
    let block = try network.layer(named: "layer1.0")
    #expect(block.shape == [1, 6, 32, 32] && block.tensor == "layer1.0.output")
    #expect(try network.layer(named: "layer1").value == block.value)
    #expect(try network.automaticLayer().value == block.value)
    // A module path goes on over the non-linearity behind it; a block's last norm has none.
    #expect(try network.layer(named: "bn1").value == network.layer(named: "relu.output").value)
    #expect(try network.layer(named: "layer1.0.bn2").tensor == "layer1.0.bn2.output")
    #expect(try network.layer(named: "input").value == network.image)
    #expect(throws: ModelError.self) { try network.layer(named: "layer4.1") }
  }

  @Test func everyWeightMustBeThereOnceAndFit() throws {
    for place in Self.tensors.indices {
      var missing = Self.tensors
      missing.remove(at: place)
      #expect(throws: ModelError.self, "\(Self.tensors[place].name)") { try network(missing) }
      var other = Self.tensors
      other[place] = Tensor(name: other[place].name, shape: other[place].shape + [2])
      #expect(throws: ModelError.self, "\(Self.tensors[place].name)") { try network(other) }
      other[place] = Tensor(
        name: other[place].name, shape: other[place].shape.map { $0 + 1 })
      #expect(throws: ModelError.self, "\(Self.tensors[place].name)") { try network(other) }
    }
    #expect(throws: ModelError.self) {
      try network(Self.tensors + [Tensor(name: "extra", shape: [1])])
    }
    #expect(throws: ModelError.self) { try network(Self.tensors, arch: "resnet50") }
  }

  @Test(arguments: BuiltInModel.allCases) func bundledModelsOpenByName(model: BuiltInModel) throws {
    let network = try ModelFile.open(model.rawValue).network()
    #expect(network.classCount == 12 && network.labels?.first == "astronaut")
    let layer = try network.automaticLayer()
    #expect(layer.name == "layer3" || layer.name == "layer3.1")
    #expect(layer.shape[2] >= 8 && layer.shape[3] >= 8)
    #expect(try model.bytes().count <= 4 << 20)
    #expect(network.metadata["preset"]?.contains("\"crop\": [128, 128]") == true)
    let larger = try ModelFile.open(model.rawValue).network(size: (height: 160, width: 224))
    #expect(larger.imageShape == [3, 160, 224])
    #expect(try ModelFile.open(model.rawValue).network(size: (160, 224)).graph == larger.graph)
  }
}
