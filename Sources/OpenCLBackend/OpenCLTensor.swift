import Execution
import OpenCLRuntime
import Tensors

/// A tensor in a buffer of its own.
package final class OpenCLTensor: ResidentTensor {
  /// Its true shape.
  package let shape: Shape
  /// How it is stored.
  let layout: Layout
  /// The memory; the rows it holds are those of the shape.
  package let buffer: Buffer
  private let queue: DeviceQueue

  init(shape: Shape, layout: Layout, buffer: Buffer, queue: DeviceQueue) {
    self.shape = shape
    self.layout = layout
    self.buffer = buffer
    self.queue = queue
  }

  /// The tensor as a launch sees it.
  var placed: PlacedTensor {
    PlacedTensor(shape: shape, capacity: shape.extents.first ?? 1, layout: layout)
  }

  /// Whether the tensor is on this queue.
  func belongs(to other: DeviceQueue) -> Bool { queue === other }

  /// Some elements of a plain tensor under a shape of their own, in the same memory.
  /// - Throws: `BackendError` where they do not lie in it, or a region cannot begin there.
  func part(_ shape: Shape, at offset: Int) throws(BackendError) -> OpenCLTensor {
    guard layout == .plain, offset >= 0, offset + shape.elementCount <= self.shape.elementCount
    else { throw .mismatch("\(shape) at \(offset) of \(self.shape)") }
    let region = try translating { () throws(OpenCLError) in
      try buffer.region(offset: offset * 4, byteCount: shape.elementCount * 4)
    }
    return OpenCLTensor(shape: shape, layout: .plain, buffer: region, queue: queue)
  }

  /// Puts a tensor on the device in its canonical layout.
  static func upload(
    _ tensor: HostTensor<Float>, to queue: DeviceQueue
  ) async throws(BackendError) -> OpenCLTensor {
    let layout = Layout.canonical(for: tensor.shape)
    let rows = tensor.shape.extents.first ?? 1
    guard layout.floatCount(of: tensor.shape, capacity: rows) < 1 << 31 else {
      throw .outOfMemory("a tensor of \(tensor.shape) exceeds 2^31 floats")
    }
    let stored = layout == .plain ? tensor : Self.blocks(of: tensor)
    let buffer = try await uploadPlain(stored, to: queue)
    return OpenCLTensor(shape: tensor.shape, layout: layout, buffer: buffer, queue: queue)
  }

  /// Puts rows of one shape on the device as one tensor in its canonical layout.
  static func upload(
    stacking rows: [HostTensor<Float>], to queue: DeviceQueue
  ) async throws(BackendError) -> OpenCLTensor {
    precondition(rows.allSatisfy { $0.shape == rows[0].shape }, "rows of several shapes")
    let shape = Shape([rows.count] + rows[0].shape.extents)
    guard Layout.canonical(for: shape) == .plain, shape.elementCount < 1 << 31 else {
      return try await upload(HostTensor(stacking: rows), to: queue)
    }
    let buffer = try await uploadPlain(rows.map(\.elements), to: queue)
    return OpenCLTensor(shape: shape, layout: .plain, buffer: buffer, queue: queue)
  }

  /// A buffer with the values of a tensor, row-major.
  static func uploadPlain(
    _ tensor: HostTensor<Float>, to queue: DeviceQueue
  ) async throws(BackendError) -> Buffer {
    try await uploadPlain([tensor.elements], to: queue)
  }

  /// A buffer with some numbers and others behind them.
  private static func uploadPlain(
    _ pieces: [[Float]], to queue: DeviceQueue
  ) async throws(BackendError) -> Buffer {
    let byteCount = pieces.reduce(0) { $0 + $1.count } * 4
    do throws(OpenCLError) {
      // A tensor without elements has a buffer too.
      return try await queue.makeBuffer(byteCount: max(byteCount, 4)) { memory in
        var start = 0
        for piece in pieces {
          // As many bytes as were counted above.
          piece.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: memory[start...]).copyMemory(from: bytes)
            start += bytes.count
          }
        }
      }
    } catch {
      throw BackendError(error)
    }
  }

  /// Its values, row-major, whatever the layout.
  package func download() async throws(BackendError) -> HostTensor<Float> {
    let stored = try await storedFloats()
    guard layout == .blocked else { return HostTensor(shape, stored) }
    var elements = [Float](repeating: 0, count: shape.elementCount)
    Self.forEachElement(of: shape) { elements[$0] = stored[$1] }
    return HostTensor(shape, elements)
  }

  /// The floats as stored, tail lanes included.
  func storedFloats() async throws(BackendError) -> [Float] {
    do throws(OpenCLError) {
      let count = layout.floatCount(of: shape, capacity: shape.extents.first ?? 1)
      return try await queue.read(Float.self, from: buffer, count: count)
    } catch {
      throw BackendError(error)
    }
  }

  /// Whether every tail lane is zero; true for plain tensors.
  package func hasZeroTails() async throws(BackendError) -> Bool {
    guard layout == .blocked, shape[1] % Layout.lanes != 0 else { return true }
    var stored = try await storedFloats()
    Self.forEachElement(of: shape) { stored[$1] = 0 }
    return stored.allSatisfy { $0 == 0 }
  }

  private static func blocks(of tensor: HostTensor<Float>) -> HostTensor<Float> {
    let count = Layout.blocked.floatCount(of: tensor.shape, capacity: tensor.shape[0])
    var stored = [Float](repeating: 0, count: count)
    forEachElement(of: tensor.shape) { stored[$1] = tensor[$0] }
    return HostTensor([count], stored)
  }

  /// Calls a body with the row-major place and the blocked place of every element.
  private static func forEachElement(
    of shape: Shape, _ body: (_ plain: Int, _ blocked: Int) -> Void
  ) {
    let (rows, channels, pixels) = (shape[0], shape[1], shape[2] * shape[3])
    for row in 0..<rows {
      for channel in 0..<channels {
        let block = channel / Layout.lanes * rows + row
        let plain = (row * channels + channel) * pixels
        for pixel in 0..<pixels {
          body(plain + pixel, (block * pixels + pixel) * Layout.lanes + channel % Layout.lanes)
        }
      }
    }
  }
}
