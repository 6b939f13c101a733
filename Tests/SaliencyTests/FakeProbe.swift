import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors

/// A probe that answers with numbers made by hand; formulas run on the reference backend.
struct FakeProbe: Probe {
  var network: Graph
  var images: any ResidentTensor
  var blackLevel: [Float] = [-1]
  var whiteLevel: [Float] = [1]
  var seed: UInt64 = 0
  var activations: HostTensor<Float>
  var gradients: HostTensor<Float>
  var outputs: HostTensor<Float>
  /// Activations and gradients of layers that have their own.
  var others: [LayerName: (activations: HostTensor<Float>, gradients: HostTensor<Float>)] = [:]
  /// The outputs and the gradient of images of a method's own making, `[R, C, H, W]`.
  var respond:
    @Sendable (HostTensor<Float>) -> (outputs: HostTensor<Float>, gradients: HostTensor<Float>) = {
      images in
      (HostTensor([images.shape[0], 2], filledWith: 0), HostTensor(images.shape, filledWith: 0))
    }
  /// What is answered to who asks for the constants of the network.
  var biases: BiasTerms.Sums?
  /// The score of each mask, from the probability that a test gives it.
  var table: HostTensor<Float>
  /// The score of each clean image, `[T, 1]`.
  var clean = HostTensor<Float>([1, 1], filledWith: 0)
  let backend = ReferenceBackend()
  let formulas: Formulas
  let record = Record()

  /// What was asked of the probe.
  actor Record {
    var fields: [MaskField] = []
    var queries: [Query] = []
    var targets: [[Target]] = []
    var channels: [ChannelField] = []
    func note(_ field: MaskField) { fields.append(field) }
    func note(_ query: Query) { queries.append(query) }
    func note(_ asked: [Target]) { targets.append(asked) }
    func note(_ field: ChannelField) { channels.append(field) }
  }

  /// A probe with images of one channel, the size of the map.
  init(
    activations: HostTensor<Float>, gradients: HostTensor<Float>, image: (Int, Int)? = nil,
    table: HostTensor<Float> = HostTensor([1, 1], filledWith: 0)
  ) async throws {
    var builder = GraphBuilder()
    let size = image ?? (activations.shape[2], activations.shape[3])
    let rows = activations.shape[0]
    let x = builder.input("x", [1, 1, size.0, size.1])
    network = try builder.finish(outputs: [x])
    self.activations = activations
    self.gradients = gradients
    self.table = table
    outputs = HostTensor([rows, 2], filledWith: 0)
    images = try await backend.upload(
      HostTensor([rows, 1, size.0, size.1]) { Float($0 % 7) / 7 })
    formulas = Formulas(backend: backend, parameters: try await backend.upload([:]))
  }

  func evidence(_ query: Query) async throws(ExplanationError) -> Evidence {
    await record.note(query)
    var evidence = Evidence(
      outputs: try await upload(outputs), seeds: try await upload(outputs))
    for layer in query.activations {
      evidence.activations[layer] = try await upload(others[layer]?.activations ?? activations)
    }
    for layer in query.gradients {
      evidence.gradients[layer] = try await upload(others[layer]?.gradients ?? gradients)
    }
    if query.biases != nil { evidence.biases = biases }
    for layer in query.relevance?.layers ?? [] {
      evidence.relevance[layer] = try await upload(others[layer]?.gradients ?? gradients)
    }
    return evidence
  }

  func evidence(
    _ query: Query, on images: any ResidentTensor, seeds: any ResidentTensor
  ) async throws(ExplanationError) -> Evidence {
    await record.note(query)
    let taken: HostTensor<Float>
    do { taken = try await images.download() } catch { throw .backend(error) }
    let answer = respond(taken)
    var evidence = Evidence(outputs: try await upload(answer.outputs), seeds: seeds)
    for layer in query.activations { evidence.activations[layer] = try await upload(activations) }
    for layer in query.gradients {
      evidence.gradients[layer] = try await upload(answer.gradients)
    }
    return evidence
  }

  func replacing(
    _ weights: [ParameterName: HostTensor<Float>]
  ) async throws(ExplanationError) -> FakeProbe { self }

  func with(images: any ResidentTensor) throws(ExplanationError) -> FakeProbe {
    var other = self
    other.images = images
    return other
  }

  func take(
    _ rows: [Int], of tensor: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    try await formulas.take(rows, of: tensor)
  }

  func scores(
    under field: MaskField, baseline: any ResidentTensor, _ targets: [Target],
    seeds: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    await record.note(field)
    await record.note(targets)
    guard var live = field.live else { return try await upload(table) }
    live = try await take(field.fields(of: targets), of: live)
    return try await compute([upload(table), live]) { (builder, inputs) throws(GraphError) in
      [try builder.add(Multiply(), inputs)]
    }[0]
  }

  func views(
    for targets: [Target], activations layers: [LayerName]
  ) async throws(ExplanationError) -> Views {
    await record.note(Query(targets: targets, activations: layers))
    var seen: Set<Int> = []
    let images = targets.map(\.image).filter { seen.insert($0).inserted }
    var views = Views(
      images: images, outputs: try await upload(outputs), seeds: try await upload(outputs))
    for layer in layers { views.activations[layer] = try await upload(activations) }
    return views
  }

  func scores(
    of views: Views, _ targets: [Target]
  ) async throws(ExplanationError) -> any ResidentTensor {
    await record.note(targets)
    return try await upload(clean)
  }

  func scores(
    from layer: LayerName, without field: ChannelField, _ targets: [Target],
    seeds: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    await record.note(field)
    await record.note(targets)
    return try await upload(table)
  }

  func merge(
    _ field: MaskField, weights: any ResidentTensor, fields: [Int]?,
    size: (height: Int, width: Int)
  ) async throws(ExplanationError) -> any ResidentTensor {
    try await formulas.merge(field, weights: weights, fields: fields, size: size)
  }

  func gather(
    _ index: HostTensor<Float>, from table: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    try await formulas.gather(index, from: table)
  }

  func upload(_ tensor: HostTensor<Float>) async throws(ExplanationError) -> any ResidentTensor {
    try await formulas.upload(tensor)
  }

  func compute(
    _ inputs: [any ResidentTensor],
    _ body: @Sendable (inout GraphBuilder, [Value]) throws(GraphError) -> [Value]
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    try await formulas.compute(inputs, body)
  }
}

/// One target of the first image: class 0.
let classZero = Target(image: 0, choice: .outputs([.init(index: 0)]))

/// Whether all bits agree; a comparison inside `#expect` would print both tensors.
func same(_ a: HostTensor<Float>, _ b: HostTensor<Float>) -> Bool { a == b }

/// The largest absolute difference of two tensors.
func distance(_ a: HostTensor<Float>, _ b: HostTensor<Float>) -> Float {
  zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? 0
}
