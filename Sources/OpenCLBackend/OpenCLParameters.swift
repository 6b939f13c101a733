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

  /// Puts a tensor of the same device in the place of a weight.
  package func replace(
    _ name: ParameterName, with tensor: any ResidentTensor
  ) async throws(BackendError) {
    guard let known = sources[name] else { throw .weights("\(name): no such weight") }
    guard let tensor = tensor as? OpenCLTensor, tensor.belongs(to: queue),
      tensor.shape == known.shape, tensor.layout == .plain || tensor.shape.rank == 4
    else { throw .mismatch("\(name): a tensor of another engine or shape") }
    sources[name] = .resident(tensor)
    for key in forms.keys where key.name == name { forms[key] = nil }
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
      forms[key] = nil
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

/// Makes packed forms of parameters on the device; `layout/pack.cl`.
enum Packing {
  static func pack(
    _ plain: Buffer, _ shape: Shape, as form: ParameterForm, on queue: DeviceQueue
  ) async throws(BackendError) -> Buffer {
    let function: String
    let numbers: [Int32]
    switch form {
    case .plain: return plain
    case .filterBlocks:
      function = "filter_blocks"
      numbers = [Int32(shape[0]), Int32(shape[1]), Int32(shape[2] * shape[3])]
    case .matrixBlocks:
      (function, numbers) = ("matrix_blocks", [Int32(shape[0]), Int32(shape[1]), 0])
    case .laneBlocks:
      (function, numbers) = ("lane_blocks", [Int32(shape[0]), 0, 0])
    }
    do throws(OpenCLError) {
      let count = form.floatCount(of: shape)
      let packed = try queue.makeBuffer(byteCount: count * 4)
      let kernel = try await queue.makeKernel("layout/pack.cl", function)
      try kernel.setArgument(0, plain)
      try kernel.setArgument(1, packed)
      for (index, number) in numbers.enumerated() {
        try kernel.setArgument(index + 2, value: number)
      }
      let launch = Launch(kernel, WorkSize.items(count))
      try await queue.perform { queue throws(OpenCLError) in try queue.enqueue([launch]) }
      return packed
    } catch {
      throw BackendError(error)
    }
  }
}

extension Launch {
  /// A launch over the work-items of a call.
  init(_ kernel: Kernel, _ size: WorkSize) {
    func runtimeSize(_ extents: [Int]) -> OpenCLRuntime.WorkSize {
      switch extents.count {
      case 1: .init(extents[0])
      case 2: .init(extents[0], extents[1])
      default: .init(extents[0], extents[1], extents[2])
      }
    }
    self.init(
      kernel, globalSize: runtimeSize(size.global), localSize: runtimeSize(size.local))
  }
}
