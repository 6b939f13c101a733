import Graphs
import Models
import Tensors
import Testing

/// Module paths of both exporters, and what a name stands for.
@Suite struct LayerNameTests {
  private func network(
    _ nodes: [(operatorName: String, input: String, output: String, name: String, scopes: String?)],
    _ change: (inout OnnxWriter) -> Void = { _ in }
  ) throws -> Network {
    var writer = OnnxWriter()
    writer.weight("w", [2, 2, 1, 1], [1, 0, 0, 1])
    writer.weight("v", [2, 2, 1, 1], [0, 1, 1, 0])
    for node in nodes {
      var inputs = node.input.split(separator: " ").map(String.init)
      if node.operatorName == "Conv", inputs.count == 1 { inputs.append("w") }
      writer.node(node.operatorName, inputs, [node.output], name: node.name, scopes: node.scopes)
    }
    change(&writer)
    return try writer.network()
  }

  private func modules(_ network: Network) -> [String: String] {
    var found: [String: String] = [:]
    for tap in network.graph.taps where tap.kind == .module {
      let tensor = network.graph.taps.first { $0.kind == .tensor && $0.value == tap.value }
      found[tap.name.text] = tensor?.name.text
    }
    return found
  }

  @Test func containersRepeatTheirNamesInNodeNames() throws {
    let network = try network([
      ("Conv", "x", "a", "/features/features.7/features.7.0/block/block.2/fc1/Conv", nil),
      ("Relu", "a", "b", "/features/features.7/features.7.0/block/block.2/Relu", nil),
      ("Conv", "b", "y", "/blocks.3/conv/Conv", nil),
    ])
    #expect(
      modules(network) == [
        "features": "b", "features.7": "b", "features.7.0": "b", "features.7.0.block": "b",
        "features.7.0.block.2": "b", "features.7.0.block.2.fc1": "a",
        "blocks.3": "y", "blocks.3.conv": "y",
      ])
  }

  @Test func aModuleCalledTwiceGivesItsLastCall() throws {
    let network = try network([
      ("Relu", "x", "a", "/block/relu/Relu", nil),
      ("Conv", "a", "b", "/block/conv/Conv", nil),
      ("Relu", "b", "y", "/block/relu_1/Relu", nil),
    ])
    #expect(modules(network) == ["block": "y", "block.relu": "y", "block.conv": "b"])
  }

  @Test func numberedModulesWithWeightsOfTheirOwnStayApart() throws {
    let network = try network([
      ("Conv", "x w", "a", "/conv/Conv", nil), ("Conv", "a v", "b", "/conv_1/Conv", nil),
      ("Conv", "b w", "c", "/twice/Conv", nil), ("Conv", "c w", "d", "/twice_1/Conv", nil),
      ("Relu", "d", "y", "/act_1/Relu", nil),
    ])
    #expect(
      modules(network) == ["conv": "a", "conv_1": "b", "twice": "d", "act_1": "y"])
  }

  @Test func theNewerExporterStatesItsScopes() throws {
    let network = try network([
      ("Conv", "x", "a", "n0", "['', 'layer4', 'layer4.0', 'layer4.0.bn1', '_native_batch_norm']"),
      ("Relu", "a", "b", "n1", "['', 'layer4', 'layer4.0', 'layer4.0.relu', 'relu']"),
      ("Add", "b x", "c", "n2", "['', 'layer4', 'layer4.0', 'add']"),
      ("Relu", "c", "y", "n3", "['', 'layer4', 'layer4.0', 'layer4.0.relu@1', 'relu_1']"),
    ])
    #expect(
      modules(network) == [
        "layer4": "y", "layer4.0": "y", "layer4.0.bn1": "a", "layer4.0.relu": "y",
      ])
  }

  @Test func aModuleGivesWhatIsReadOutside() throws {
    // The addition is computed last, but nobody outside reads it.
    var writer = OnnxWriter()
    writer.outputs = ["y"]
    writer.node("Relu", ["x"], ["a"], name: "/block/Relu")
    writer.node("Sigmoid", ["a"], ["b"], name: "/block/inner/Sigmoid")
    writer.node("Add", ["a", "b"], ["c"], name: "/Add")
    writer.node("Relu", ["c"], ["y"], name: "/Relu")
    let network = try writer.network()
    #expect(modules(network) == ["block": "b", "block.inner": "b"])
  }

  @Test func endlessPathsAreNotFollowed() throws {
    let deep = String(repeating: "/a", count: 100_000)
    let list = "[" + [String](repeating: "'a'", count: 100_000).joined(separator: ", ") + "]"
    let network = try network([
      ("Relu", "x", "a", deep, nil), ("Relu", "a", "y", "n", list),
    ])
    #expect(modules(network).isEmpty)
  }

  // MARK: - What a name stands for

  @Test func aModuleIsFollowedThroughTheNonlinearityBehindIt() throws {
    let chain =
      [
        ("Conv", "x", "a", "/conv1/Conv", nil), ("Relu", "a", "b", "/Relu", nil),
        ("Conv", "b", "c", "/conv2/Conv", nil), ("Relu", "c", "d", "/Relu_1", nil),
        ("Add", "c d", "e", "/Add", nil), ("Flatten", "e", "y", "/Flatten", nil),
      ] as [(String, String, String, String, String?)]
    let network = try network(chain)
    #expect(try network.layer(named: "conv1").tensor == "b")
    #expect(try network.layer(named: "a").tensor == "a")
    #expect(try network.layer(named: "conv2").tensor == "c", "the addition reads it too")
    #expect(try network.layer(named: "input").tensor == "x")
    #expect(try network.layer(named: "conv1").shape == [1, 2, 4, 4])
  }

  @Test func aNameThatIsBothIsTheModule() throws {
    let network = try network([
      ("Relu", "x", "relu", "n0", "['', 'relu', 'relu']"),
      ("Conv", "relu", "conv", "n1", "['', 'conv', 'conv2d']"),
      ("Relu", "conv", "y", "n2", "['', 'relu', 'relu_1']"),
    ])
    #expect(try network.layer(named: "relu").tensor == "y")
  }

  @Test func aWrongNameGivesTheNearest() throws {
    let network = try network([
      ("Conv", "x", "a", "/layer4/layer4.0/Conv", nil),
      ("Conv", "a", "b", "/layer4/layer4.1/Conv", nil), ("Relu", "b", "y", "/Relu", nil),
    ])
    let error = modelError { () throws(ModelError) in _ = try network.layer(named: "layer4.2") }
    #expect(
      error?.description
        == "--layer layer4.2: no such tensor or module; nearest: layer4.0, layer4.1, layer4")
    #expect(error?.exitCode == 64)
    let far = modelError { () throws(ModelError) in
      _ = try network.layer(named: String(repeating: "z", count: 5000))
    }
    #expect(far?.description.contains("salient layers lists them") ?? false)
  }

  @Test func theAutomaticLayerIsTheLastImageBeforePooling() throws {
    let network = try network([
      ("Conv", "x", "a", "/features/features.0/Conv", nil),
      ("Relu", "a", "b", "/features/features.1/Relu", nil),
      ("GlobalMaxPool", "b", "c", "/pool/GlobalMaxPool", nil),
      ("Flatten", "c", "y", "/Flatten", nil),
    ])
    let layer = try network.automaticLayer()
    #expect(layer.tensor == "b")
    #expect(layer.name == "features")
  }

  @Test func aNetworkWithoutImagesOfActivationsHasNoAutomaticLayer() throws {
    var writer = OnnxWriter()
    writer.node("GlobalAveragePool", ["x"], ["g"])
    writer.node("Relu", ["g"], ["r"])
    writer.node("Flatten", ["r"], ["y"])
    let network = try writer.network()
    let error = modelError { () throws(ModelError) in _ = try network.automaticLayer() }
    #expect(error?.exitCode == 65)
  }
}
