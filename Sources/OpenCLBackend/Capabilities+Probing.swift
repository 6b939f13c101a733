import OpenCLRuntime

extension Capabilities {
  /// Tries everything out, program by program: `Kernels/probe/`.
  ///
  /// A program that does not build, does not run or computes something else turns its bit off; none
  /// is an error. A driver that crashes or hangs takes the process with it: whoever cannot afford
  /// that asks in a child process.
  /// - Parameter queue: of the device.
  /// - Returns: the bits that hold. Those of inline PTX are tried on NVIDIA's devices alone.
  package static func probed(on queue: DeviceQueue) async -> Capabilities {
    var found: Capabilities = []
    for (bit, _) in names {
      guard !needPTX.contains(bit) || queue.device.computeCapability != nil else { continue }
      do throws(OpenCLError) {
        if try await holds(bit, on: queue) { found.insert(bit) }
      } catch {
        continue
      }
    }
    return found
  }

  private static let needPTX: Capabilities = [
    .laneIdentifiers, .laneShuffles, .halfProducts, .tf32Products, .asyncCopies,
  ]

  private static func holds(
    _ bit: Capabilities, on queue: DeviceQueue
  ) async throws(OpenCLError) -> Bool {
    switch bit {
    case .laneIdentifiers:
      let lanes = try await run(
        "probe/warp.cl", "lane_identifier", [UInt8](), reading: UInt32.self, 64, items: 64, queue)
      return lanes == (0..<64).map { UInt32($0 % 32) }
    case .laneShuffles:
      let values = (0..<64).map { UInt32($0 * 7 + 3) }
      let found = try await run(
        "probe/warp.cl", "lane_shuffle", values, reading: UInt32.self, 64, items: 64, queue)
      return found == values.indices.map { values[$0 ^ 1] }
    case .halfProducts: return try await multiplies(terms: 16, "product_of_halves", queue)
    case .tf32Products: return try await multiplies(terms: 8, "product_of_tf32", queue)
    case .asyncCopies: return try await mirrors("probe/async_copy.cl", "async_copy", queue)
    case .localQuads: return try await mirrors("probe/memory.cl", "local_quads", queue)
    default: return try await storesHalves(queue)
    }
  }

  /// Whether 64 floats come back in reverse through local memory.
  private static func mirrors(
    _ path: String, _ function: String, _ queue: DeviceQueue
  ) async throws(OpenCLError) -> Bool {
    let values = (0..<64).map { Float($0) * 0.5 - 7 }
    let found = try await run(path, function, values, reading: Float.self, 64, items: 16, queue)
    return found == values.reversed()
  }

  /// Whether a product of two matrices of small whole numbers, 16 x terms and terms x 8, is right.
  private static func multiplies(
    terms: Int, _ function: String, _ queue: DeviceQueue
  ) async throws(OpenCLError) -> Bool {
    let a = (0..<16 * terms).map { $0 * 5 % 13 - 6 }
    let b = (0..<terms * 8).map { $0 * 7 % 11 - 5 }
    let expected = (0..<16 * 8).map { place in
      Float(
        (0..<terms).reduce(0) { $0 + a[place / 8 * terms + $1] * b[$1 * 8 + place % 8] })
    }
    let path = "probe/tensor_cores.cl"
    if terms == 16 {
      let found = try await run(
        path, function, a.map(halfBits), b.map(halfBits), reading: Float.self, 128, items: 32, queue
      )
      return found == expected
    }
    let found = try await run(
      path, function, a.map(Float.init), b.map(Float.init), reading: Float.self, 128, items: 32,
      queue)
    return found == expected
  }

  /// Whether values are rounded to half precision, ties to even, and come back.
  private static func storesHalves(_ queue: DeviceQueue) async throws(OpenCLError) -> Bool {
    let halves = (0..<64).map { Float($0 - 32) * 0.125 }
    // An eighth of the way to the next half: back to where they came from.
    let values = halves.map { $0 * (1 + 1 / Float(1 << 13)) }
    let kernel = try await queue.makeKernel("probe/memory.cl", "storage_of_halves")
    let (input, stored, output) = (
      try queue.makeBuffer(byteCount: 256), try queue.makeBuffer(byteCount: 128),
      try queue.makeBuffer(byteCount: 256)
    )
    try kernel.setArgument(0, input)
    try kernel.setArgument(1, stored)
    try kernel.setArgument(2, output)
    try await queue.perform { queue throws(OpenCLError) in
      try queue.write(values, to: input)
      try queue.enqueue([Launch(kernel, globalSize: WorkSize(64), localSize: WorkSize(64))])
    }
    let bits = try await queue.read(UInt16.self, from: stored)
    return try await queue.read(Float.self, from: output) == halves
      && bits == (0..<64).map { halfBits(of: halves[$0]) }
  }

  // MARK: - Running

  /// Runs a kernel over one group and reads what it wrote to its last buffer.
  private static func run<Input: BitwiseCopyable & Sendable, Output: BitwiseCopyable & Sendable>(
    _ path: String, _ function: String, _ inputs: [Input]..., reading type: Output.Type,
    _ count: Int, items: Int, _ queue: DeviceQueue
  ) async throws(OpenCLError) -> [Output] {
    // Only devices that know inline PTX are asked for what needs it.
    let defines = queue.device.computeCapability == nil ? [] : [Define("PTX", 1)]
    let kernel = try await queue.makeKernel(path, function, defines: defines)
    let given = inputs.filter { !$0.isEmpty }
    var buffers: [Buffer] = []
    for input in given {
      buffers.append(
        try queue.makeBuffer(byteCount: input.count * MemoryLayout<Input>.stride))
    }
    let output = try queue.makeBuffer(byteCount: count * MemoryLayout<Output>.stride)
    for (place, buffer) in (buffers + [output]).enumerated() {
      try kernel.setArgument(place, buffer)
    }
    let filled = buffers
    try await queue.perform { queue throws(OpenCLError) in
      for (input, buffer) in zip(given, filled) { try queue.write(input, to: buffer) }
      try queue.fill(output, with: UInt32(0x7fc5_a1ed))
      try queue.enqueue([Launch(kernel, globalSize: WorkSize(items), localSize: WorkSize(items))])
    }
    return try await queue.read(Output.self, from: output)
  }

  /// The bits of a whole number from -8 to 8 in half precision.
  private static func halfBits(_ number: Int) -> UInt16 { halfBits(of: Float(number)) }

  /// The bits in half precision of a float that is one, zero or of normal size.
  private static func halfBits(of value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16) & 0x8000
    guard value != 0 else { return sign }
    let exponent = UInt16(truncatingIfNeeded: Int(value.exponent) + 15)
    return sign | exponent << 10 | UInt16(truncatingIfNeeded: value.significandBitPattern >> 13)
  }
}
