import Execution
import Graphs
import Models
import ReferenceBackend
import Tensors
import Testing

/// Networks that PyTorch exported, replayed through the importer and the reference.
@Suite struct NetworkFixtureTests {
  /// A fixture with one of its exporters.
  struct Export: Sendable, CustomStringConvertible {
    let name: String
    let exporter: String
    var description: String { "\(name) (\(exporter))" }
  }

  static let exports: [Export] = {
    let fixtures = (try? NetworkFixture.all()) ?? []
    return fixtures.flatMap { fixture in
      fixture.exporters.keys.sorted().map { Export(name: fixture.name, exporter: $0) }
    }
  }()

  @Test func everyNetworkIsThere() throws {
    #expect(Self.exports.count == 22)
  }

  @Test(arguments: exports)
  func logitsAndModulesEqualTheRecordedOnes(_ export: Export) async throws {
    let (fixture, network) = try open(export)
    let modules = try #require(fixture.modules[export.exporter])
    let taps = Dictionary(
      network.graph.taps.filter { $0.kind == .module }.map { ($0.name.text, $0.value) },
      uniquingKeysWith: { first, _ in first })
    let found = modules.filter { $0.survives && taps[$0.path] != nil }
    let values = found.compactMap { taps[$0.path] }
    let outputs = try await run(network, fixture, [network.logits.value] + values)

    let logits = try NetworkFixture.array(fixture.logits)
    #expect(outputs[0].shape == logits.shape)
    #expect(ErrorMetrics(found: outputs[0], expected: logits).normalised < 1e-4)

    var worst = 0.0
    for (module, output) in zip(found, outputs.dropFirst()) {
      #expect(Array(output.shape.extents.dropFirst()) == module.shape, "\(module.path)")
      for (position, value) in zip(module.positions, module.values) {
        let error = abs(Double(output[position]) - value) / module.scale
        #expect(error < 1e-4, "\(module.path) at \(position)")
        worst = max(worst, error)
      }
    }
    let lost = modules.filter { $0.survives && taps[$0.path] == nil }.map(\.path)
    print("\(export): \(found.count) modules found, \(lost.count) left no node, worst \(worst)")
    #expect(found.count == Self.expectedCounts["\(export)"])
    #expect(lost.allSatisfy { Self.leavesNoNode($0, export.exporter) }, "\(lost)")
  }

  @Test(arguments: exports)
  func theAutomaticLayerIsTheRecordedOne(_ export: Export) throws {
    let (fixture, network) = try open(export)
    let automatic = try network.automaticLayer()
    let named = try network.layer(named: fixture.layer)
    #expect(automatic.value == named.value, "\(automatic.name) for \(fixture.layer)")
    #expect(automatic.name.text == fixture.layer)
    #expect(network.classCount == fixture.classes)
    if fixture.name == "softmax" { #expect(network.logits.terminal == .softmax) }
  }

  @Test(arguments: exports)
  func everyRecordedTensorIsFoundByItsName(_ export: Export) throws {
    let (fixture, network) = try open(export)
    let names = Set((fixture.modules[export.exporter] ?? []).flatMap(\.tensors))
    for name in names { _ = try network.layer(named: name) }
    #expect(!names.isEmpty)
  }

  private func open(_ export: Export) throws -> (NetworkFixture, Network) {
    let fixture = try #require(try NetworkFixture.all().first { $0.name == export.name })
    let file = try #require(fixture.exporters[export.exporter])
    return (fixture, try ModelFile.open("\(NetworkFixture.folder)/\(file)").network())
  }

  private func run(
    _ network: Network, _ fixture: NetworkFixture, _ outputs: [Value]
  ) async throws -> [HostTensor<Float>] {
    let backend = ReferenceBackend()
    let pictures = try NetworkFixture.array(fixture.input)
    let executable = try await backend.compile(
      network.graph.with(outputs: outputs), CompileOptions(capacity: pictures.shape[0]))
    let results = try await executable.run(
      [try await backend.upload(pictures)], try await backend.upload(network.weights))
    var tensors: [HostTensor<Float>] = []
    for result in results { tensors.append(try await result.download()) }
    return tensors
  }

  /// Whether a module's value is in the file under the name of another module only: the older
  /// exporter folds a batch norm into the convolution before it, whose name stays; stochastic depth
  /// does nothing in either.
  private static func leavesNoNode(_ path: String, _ exporter: String) -> Bool {
    let name = path.split(separator: ".").last ?? ""
    if name == "stochastic_depth" { return true }
    return exporter == "legacy"
      && (name.hasPrefix("bn") || name.hasPrefix("norm") || name.allSatisfy(\.isWholeNumber))
  }

  /// How many modules of each file are found by their path and have the recorded value.
  private static let expectedCounts = [
    "resnet-basic (legacy)": 20, "resnet-basic (dynamo)": 34,
    "resnet-bottleneck (legacy)": 21, "resnet-bottleneck (dynamo)": 41,
    "resnext (legacy)": 21, "resnext (dynamo)": 41,
    "vgg (legacy)": 16, "vgg (dynamo)": 16,
    "vgg-bn (legacy)": 11, "vgg-bn (dynamo)": 16,
    "densenet (legacy)": 31, "densenet (dynamo)": 36,
    "mobilenet (legacy)": 39, "mobilenet (dynamo)": 58,
    "efficientnet (legacy)": 86, "efficientnet (dynamo)": 105,
    "one-logit (legacy)": 20, "one-logit (dynamo)": 34,
    "multi-label (legacy)": 39, "multi-label (dynamo)": 58,
    "softmax (legacy)": 20, "softmax (dynamo)": 34,
  ]
}
