import Graphs
import Models
import Tensors
import Testing

/// Weights in and out of safetensors, and what they are recognised as.
@Suite struct BlueprintWeightsTests {
  typealias Tensors = [(name: ParameterName, source: any WeightSource)]

  private let blueprint: Blueprint
  private let tensors: Tensors

  init() throws {
    blueprint = try Architecture.mobileNetV2.blueprint(classCount: 5, size: (32, 32))
    let weights = blueprint.initialWeights(seed: 9)
    tensors = blueprint.parameters.compactMap { parameter in
      weights[parameter.name].map { (parameter.name, $0) }
    }
  }

  private func file(
    _ tensors: Tensors, _ metadata: [String: String] = [:]
  ) throws -> SafetensorsFile {
    var (chunks, bytes) = (SafetensorsChunks(tensors, metadata: metadata), [UInt8]())
    while let chunk = try chunks.next() { bytes += chunk }
    return try SafetensorsFile(MappedFile(copying: bytes, name: "w.safetensors"))
  }

  private func renamed(_ name: (String) -> String) -> Tensors {
    tensors.map { (ParameterName(name($0.name.text)), $0.source) }
  }

  @Test func whatIsWrittenIsRead() throws {
    let metadata = ["labels": "[\"a\\\\b\", \"\u{e9}\n\u{1}\"]", "arch": "mobilenet_v2"]
    let file = try file(tensors, metadata)
    #expect(file.metadata == metadata && file.names == tensors.map(\.name))
    let network = try ModelFile.safetensors(file).network(size: (32, 32))
    #expect(network.graph == blueprint.graph && network.producer == "salient")
    #expect(network.classCount == 5 && network.parameterCount == 2_230_277 + 2 * 17_056)
    for (name, source) in tensors {
      #expect(try network.weights[name]?.tensor().hasSameBits(as: source.tensor()) ?? false)
    }
    #expect(try ModelFile.safetensors(file).network().imageShape == [3, 224, 224])
  }

  @Test func tensorsBeginAtMultiplesOfEight() throws {
    for length in 0..<9 {
      var chunks = SafetensorsChunks(
        tensors, metadata: ["k": String(repeating: "x", count: length)])
      #expect(try #require(try chunks.next()).count % 8 == 0)
    }
    var empty = SafetensorsChunks([], metadata: [:])
    #expect(try empty.next()?.count == 32)
    #expect(try empty.next() == nil)
  }

  @Test(arguments: Architecture.allCases.filter { $0 != .vgg11BN && $0 != .vgg16BN })
  func architecturesAreRecognised(architecture: Architecture) throws {
    let made = try architecture.blueprint(classCount: 7)
    let zeros: Tensors = made.parameters.map { ($0.name, FilledWeights($0.shape, 0)) }
    let file = try file(zeros)
    let found = try Blueprint(file)
    #expect(found.architecture == architecture && found.classCount == 7)
    #expect(try found.weights(of: file).count == zeros.count)
  }

  @Test func namesOfOtherWritersAreKnown() throws {
    let counter = (
      ParameterName("features.0.1.num_batches_tracked"), HostWeights(HostTensor(scalar: 3))
    )
    let parallel = try file(renamed { "module.\($0)" })
    for file in [try file(tensors + [counter]), parallel] {
      let found = try Blueprint(file)
      #expect(found.architecture == .mobileNetV2)
      #expect(try Set(found.weights(of: file).keys) == Set(tensors.map(\.name)))
    }
    let dense = try Architecture.denseNet121.blueprint(classCount: 3)
    let old: Tensors = dense.parameters.map { parameter in
      let name = parameter.name.text
      let isLayer = name.contains("denselayer")
      let dotted = name.replacing("norm1", with: "norm.1").replacing("norm2", with: "norm.2")
        .replacing("conv1", with: "conv.1").replacing("conv2", with: "conv.2")
      return (ParameterName(isLayer ? dotted : name), FilledWeights(parameter.shape, 0))
    }
    #expect(old.count { $0.name.text.contains("norm.1.") } == 58 * 4)
    #expect(try Blueprint(file(old)).architecture == .denseNet121)
  }

  @Test func aNewHeadTakesOtherClasses() throws {
    let file = try file(tensors)
    let wider = try Architecture.mobileNetV2.blueprint(classCount: 8, size: (32, 32))
    let weights = try wider.weights(of: file, headSeed: 4)
    #expect(weights["classifier.1.weight"]?.shape == [8, 1280])
    let new = wider.initialWeights(seed: 4)
    for name in wider.head {
      #expect(try weights[name]?.tensor() == new[name]?.tensor())
    }
    let kept = try #require(weights["features.0.0.weight"]).tensor()
    #expect(try kept.hasSameBits(as: tensors[0].source.tensor()))
    let error = modelError { () throws(ModelError) in _ = try wider.weights(of: file) }
    #expect(error?.description.contains("classifier.1.weight: is 5x1280, not 8x1280") ?? false)
  }

  @Test func weightsThatFitNoArchitectureAreRefused() throws {
    let other = try Architecture.resNet18.blueprint(classCount: 5)
    let wide: Tensors = other.parameters.map { parameter in
      let isWide = parameter.name == "layer1.0.conv1.weight"
      return (parameter.name, FilledWeights(isWide ? [128, 64, 3, 3] : parameter.shape, 0))
    }
    for tensors in [wide, Array(self.tensors.dropFirst()), renamed { "backbone.\($0)" }] {
      let model = ModelFile.safetensors(try file(tensors))
      let error = modelError { () throws(ModelError) in _ = try model.network() }
      #expect(
        error?.description.hasPrefix("w.safetensors: weights without their network") ?? false)
    }
    let model = ModelFile.safetensors(try file(wide, ["arch": "resnet18"]))
    let stated = modelError { () throws(ModelError) in _ = try model.network() }
    #expect(stated?.description.contains("layer1.0.conv1.weight") ?? false)
  }
}
