import Execution
import Graphs
import OpenCLRuntime
import Tensors

/// The weights of a network on one device: one logical copy, packed forms made when first asked
/// for and shared by all executables.
package actor OpenCLParameters: ResidentParameters {
  private var sources: [ParameterName: Source]
  private var forms: [Key: Task<Buffer, any Error>] = [:]
  private let queue: DeviceQueue

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
    let name: ParameterName
    let form: ParameterForm
  }

  init(_ weights: [ParameterName: any WeightSource], queue: DeviceQueue) {
    sources = weights.mapValues { .weights($0) }
    self.queue = queue
  }

  private init(
    _ sources: [ParameterName: Source], _ forms: [Key: Task<Buffer, any Error>],
    queue: DeviceQueue
  ) {
    self.sources = sources
    self.forms = forms
    self.queue = queue
  }

  /// Puts a tensor of the same device in the place of a weight.
  package func replace(
    _ name: ParameterName, with tensor: any ResidentTensor
  ) async throws(BackendError) {
    guard let known = sources[name] else { throw .weights("\(name): no such weight") }
    guard let tensor = tensor as? OpenCLTensor, tensor.belongs(to: queue),
      tensor.shape == known.shape
    else { throw .mismatch("\(name): a tensor of another engine or shape") }
    sources[name] = .resident(tensor)
    for key in forms.keys where key.name == name { forms[key] = nil }
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
      forms.filter { weights[$0.key.name] == nil }, queue: queue)
  }

  /// The buffers of some weights in some forms.
  /// - Throws: `BackendError.weights` where a weight is missing or has another shape.
  func buffers(
    _ wanted: [(name: ParameterName, form: ParameterForm, shape: Shape)]
  ) async throws(BackendError) -> [Buffer] {
    var buffers: [Buffer] = []
    for (name, form, shape) in wanted {
      guard let source = sources[name] else { throw .weights("\(name): no such weight") }
      guard source.shape == shape else {
        throw .weights("\(name): \(source.shape) where the network has \(shape)")
      }
      buffers.append(try await buffer(Key(name: name, form: form), source))
    }
    return buffers
  }

  private func buffer(_ key: Key, _ source: Source) async throws(BackendError) -> Buffer {
    let task = forms[key] ?? Task { try await self.make(key, source) }
    forms[key] = task
    do {
      return try await task.value
    } catch {
      if forms[key] == task { forms[key] = nil }
      throw error as? BackendError ?? .device("\(error)")
    }
  }

  private func make(_ key: Key, _ source: Source) async throws(BackendError) -> Buffer {
    let plain = try await plainBuffer(key.name, source)
    guard key.form != .plain else { return plain }
    return try await Packing.pack(plain, source.shape, as: key.form, on: queue)
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
