import Execution
import Graphs
import OpenCLRuntime
import Tensors

/// The weights of a network on one device: one logical copy, packed forms made when first asked
/// for and shared by all executables.
package actor OpenCLParameters: ResidentParameters {
  private var sources: [ParameterName: Source]
  private var forms: [Key: Form] = [:]
  private let backend: OpenCLBackend

  /// Where the values of a weight come from.
  private enum Source {
    case weights(any WeightSource)
    case resident(OpenCLTensor)

    var shape: Shape {
      switch self {
      case .weights(let source): source.shape
      case .resident(let tensor): tensor.shape
      }
    }
  }

  private struct Key: Hashable {
    let weight: Weight
    let form: ParameterForm
  }

  /// One of some forms that are made together.
  private struct Form {
    let making: Task<[Buffer], any Error>
    let place: Int
  }

  init(_ weights: [ParameterName: any WeightSource], on backend: OpenCLBackend) {
    sources = weights.mapValues { .weights($0) }
    self.backend = backend
  }

  private init(
    _ sources: [ParameterName: Source], _ forms: [Key: Form], on backend: OpenCLBackend
  ) {
    self.sources = sources
    self.forms = forms
    self.backend = backend
  }

  private var queue: DeviceQueue { backend.queue }

  /// Puts a tensor of the same device in the place of a weight.
  package func replace(
    _ name: ParameterName, with tensor: any ResidentTensor
  ) async throws(BackendError) {
    guard let known = sources[name] else { throw .weights("\(name): no such weight") }
    guard let tensor = tensor as? OpenCLTensor, tensor.belongs(to: queue),
      tensor.shape == known.shape
    else { throw .mismatch("\(name): a tensor of another engine or shape") }
    sources[name] = .resident(tensor)
    forgetForms(of: [name])
  }

  /// Puts regions of a tensor of the same device in the places of weights.
  package func replace(
    _ offsets: [ParameterName: Int], with arena: any ResidentTensor
  ) async throws(BackendError) {
    guard let arena = arena as? OpenCLTensor, arena.belongs(to: queue) else {
      throw .mismatch("an arena of another engine")
    }
    for (name, offset) in offsets {
      guard let known = sources[name] else { throw .weights("\(name): no such weight") }
      sources[name] = .resident(try arena.part(known.shape, at: offset))
    }
    forgetForms(of: Set(offsets.keys))
  }

  private func forgetForms(of names: Set<ParameterName>) {
    for key in forms.keys where !key.weight.parameters.isDisjoint(with: names) { forms[key] = nil }
  }

  /// Weights of the same device with others in the place of some; packed forms of the rest are
  /// shared.
  package func replacing(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    for (name, weight) in weights {
      guard let known = sources[name] else { throw .weights("\(name): no such weight") }
      guard known.shape == weight.shape else {
        throw .mismatch("\(name): \(weight.shape) in place of \(known.shape)")
      }
    }
    return OpenCLParameters(
      sources.merging(weights.mapValues { .weights($0) }) { $1 },
      forms.filter { $0.key.weight.parameters.isDisjoint(with: weights.keys) }, on: backend)
  }

  /// The buffers of some weights in some forms.
  /// - Throws: `BackendError.weights` where a weight is missing or has another shape.
  func buffers(
    _ wanted: [(weight: Weight, form: ParameterForm, shape: Shape)]
  ) async throws(BackendError) -> [Buffer] {
    for (weight, _, shape) in wanted {
      if case .parameter(let name) = weight { _ = try source(of: name, shape) }
    }
    let keys = wanted.map { (key: Key(weight: $0.weight, form: $0.form), shape: $0.shape) }
    // Whoever lets them be made waits for them, so that no failure stays behind.
    if let (key, shape) = packResident(keys) { _ = try await buffer(key, shape) }
    var buffers: [Buffer] = []
    for (key, shape) in keys { buffers.append(try await buffer(key, shape)) }
    return buffers
  }

  /// Begins to make the missing forms of weights that are on the device, all together.
  /// - Returns: one of them; nil where none is missing.
  private func packResident(
    _ wanted: [(key: Key, shape: Shape)]
  ) -> (key: Key, shape: Shape)? {
    var places: [Key: Int] = [:]
    var packings: [Packing] = []
    for (key, shape) in wanted where key.form != .plain {
      guard forms[key] == nil, places[key] == nil else { continue }
      guard case .parameter(let name) = key.weight, case .resident(let tensor)? = sources[name],
        tensor.layout == .plain
      else { continue }
      places[key] = packings.count
      packings.append(Packing(plain: tensor.buffer, shape: shape, form: key.form))
    }
    guard !packings.isEmpty else { return nil }
    let (queue, family) = (queue, backend.traits.family)
    let making = Task { [packings] in try await Packing.run(packings, on: queue, for: family) }
    for (key, place) in places { forms[key] = Form(making: making, place: place) }
    return wanted.first { places[$0.key] != nil }
  }

  private func source(of name: ParameterName, _ shape: Shape) throws(BackendError) -> Source {
    guard let source = sources[name] else { throw .weights("\(name): no such weight") }
    guard source.shape == shape else {
      throw .weights("\(name): \(source.shape) where the network has \(shape)")
    }
    return source
  }

  private func buffer(_ key: Key, _ shape: Shape) async throws(BackendError) -> Buffer {
    let form =
      forms[key] ?? Form(making: Task { [try await self.make(key, shape)] }, place: 0)
    forms[key] = form
    do {
      return try await form.making.value[form.place]
    } catch {
      // All that were made with it have failed with it.
      for (other, known) in forms where known.making == form.making { forms[other] = nil }
      throw error as? BackendError ?? .device("\(error)")
    }
  }

  private func make(_ key: Key, _ shape: Shape) async throws(BackendError) -> Buffer {
    let plain: Buffer
    switch key.weight {
    case .parameter(let name): plain = try await plainBuffer(name, source(of: name, shape))
    case .computed(let graph): plain = try await output(of: graph)
    }
    guard key.form != .plain else { return plain }
    let packing = Packing(plain: plain, shape: shape, form: key.form)
    return try await Packing.run([packing], on: queue, for: backend.traits.family)[0]
  }

  private func output(of graph: Graph) async throws(BackendError) -> Buffer {
    let executable = try await backend.compile(graph, CompileOptions(capacity: 1))
    let output = try await executable.run([], self)[0]
    guard let output = output as? OpenCLTensor else {
      throw .mismatch("a tensor of another engine")
    }
    return output.buffer
  }

  private func plainBuffer(
    _ name: ParameterName, _ source: Source
  ) async throws(BackendError) -> Buffer {
    switch source {
    case .resident(let tensor):
      guard tensor.layout == .blocked else { return tensor.buffer }
      return try await OpenCLTensor.uploadPlain(try await tensor.download(), to: queue)
    case .weights(let weights):
      return try await upload(weights, name)
    }
  }

  private func upload(
    _ weights: any WeightSource, _ name: ParameterName
  ) async throws(BackendError) -> Buffer {
    guard let count = weights.shape.checkedElementCount, count > 0 else {
      throw .weights("\(name): shape \(weights.shape)")
    }
    let buffer = try translating { () throws(OpenCLError) in
      try queue.makeBuffer(byteCount: count * 4)
    }
    do throws(UploadError<WeightError>) {
      try await queue.upload(byteCount: count * 4, to: buffer) { range, chunk throws(WeightError) in
        let floats = chunk.bindMemory(to: Float.self)
        try weights.decode(range.lowerBound / 4..<range.upperBound / 4, into: floats)
      }
    } catch {
      switch error {
      case .source(let error): throw .weights("\(name): \(error)")
      case .device(let error): throw BackendError(error)
      }
    }
    return buffer
  }
}
