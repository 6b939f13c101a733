import Graphs
import Models
import Tensors
import Testing

/// The wire format: every form that writers use, and every lie that a file can tell.
@Suite struct OnnxFormatTests {
  static let values: [Float] = [1, 2, 3, 4, 5, -6]

  /// Image [1, 1, 1, 3], flattened, times w [2, 3].
  static func writer(_ weight: [UInt8]) -> OnnxWriter {
    var writer = OnnxWriter()
    writer.input = ("x", [1, 1, 1, 3], 1)
    writer.initializers = [weight]
    writer.node("Flatten", ["x"], ["f"], name: "/Flatten")
    writer.node("Gemm", ["f", "w"], ["y"], name: "/fc/Gemm", [("transB", .integer(1))])
    return writer
  }

  static let small = writer(OnnxWriter.floats("w", [2, 3], values)).bytes

  static let storages: [(String, [UInt8])] = {
    let shape = [2, 3]
    let bits = values.map(\.bitPattern)
    let halves = values.map { Float16($0).bitPattern }
    let tensor = OnnxWriter.tensor
    return [
      ("float raw", OnnxWriter.floats("w", shape, values)),
      ("float packed", tensor("w", shape, 1) { $0.bytes(4, bits.flatMap { littleEndian($0) }) }),
      ("float unpacked", tensor("w", shape, 1) { for value in values { $0.float(4, value) } }),
      (
        "float in two packs",
        tensor("w", shape, 1) {
          $0.bytes(4, bits[..<2].flatMap { littleEndian($0) })
          $0.bytes(4, bits[2...].flatMap { littleEndian($0) })
        }
      ),
      (
        "double raw",
        tensor("w", shape, 11) {
          $0.bytes(9, values.flatMap { littleEndian(Double($0).bitPattern) })
        }
      ),
      (
        "double packed",
        tensor("w", shape, 11) {
          $0.bytes(10, values.flatMap { littleEndian(Double($0).bitPattern) })
        }
      ),
      ("half raw", tensor("w", shape, 10) { $0.bytes(9, halves.flatMap { littleEndian($0) }) }),
      ("half as int32", tensor("w", shape, 10) { for half in halves { $0.integer(5, Int(half)) } }),
      (
        "bfloat raw",
        tensor("w", shape, 16) {
          $0.bytes(9, bits.flatMap { littleEndian(UInt16($0 >> 16)) })
        }
      ),
      (
        "dimensions packed",
        {
          var message = Message()
          message.bytes(1, [2, 3])
          message.integer(2, 1)
          message.text(8, "w")
          message.bytes(9, bits.flatMap { littleEndian($0) })
          return message.bytes
        }()
      ),
    ]
  }()

  @Test func everyStorageDecodesToTheSameFloats() throws {
    for (name, tensor) in Self.storages {
      let network = try Self.writer(tensor).network()
      let weight = try #require(network.weights["w"])
      #expect(weight.shape == [2, 3], "\(name)")
      #expect(try weight.tensor().elements == Self.values, "\(name)")
      try expectChunksAgree(weight, name)
    }
    #expect(Self.storages.count == 10)
  }

  @Test func aTransposedWeightDecodesInChunks() throws {
    for (name, tensor) in Self.storages {
      var writer = Self.writer(tensor)
      writer.input.extents = [1, 1, 1, 2]
      writer.nodes = []
      writer.node("Flatten", ["x"], ["f"])
      writer.node("MatMul", ["f", "w"], ["y"])
      let weight = try #require(try writer.network().weights.values.first)
      #expect(weight.shape == [3, 2], "\(name)")
      #expect(try weight.tensor().elements == [1, 4, 2, 5, 3, -6], "\(name)")
      try expectChunksAgree(weight, name)
    }
  }

  private func expectChunksAgree(_ weight: any WeightSource, _ name: String) throws {
    let whole = try weight.tensor().elements
    for start in 0...whole.count {
      for end in start...whole.count {
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(end - start, 1))
        defer { buffer.deallocate() }
        let window = UnsafeMutableBufferPointer(rebasing: buffer[..<(end - start)])
        try weight.decode(start..<end, into: window)
        #expect(Array(window) == Array(whole[start..<end]), "\(name) \(start)..<\(end)")
      }
    }
  }

  @Test func unknownFieldsOfEveryKindArePassedOver() throws {
    var message = Message()
    message.integer(99, -1)
    message.float(98, 1)
    message.key(97, 1)
    message.raw([1, 2, 3, 4, 5, 6, 7, 8])
    message.bytes(96, [UInt8](repeating: 0xff, count: 1000))
    let network = try OnnxImporter.network(
      MappedFile(copying: message.bytes + Self.small + message.bytes, name: "net.onnx"))
    #expect(network.classCount == 2)
  }

  // MARK: - Lies

  @Test func everyTruncationIsAnError() {
    for count in 0..<Self.small.count {
      let file = MappedFile(copying: Array(Self.small[..<count]), name: "net.onnx")
      let error = modelError { () throws(ModelError) in _ = try OnnxImporter.network(file) }
      #expect(error?.exitCode == 65, "\(count) bytes")
    }
  }

  @Test func noChangedByteEndsTheProgram() {
    var imported = 0
    for index in Self.small.indices {
      for value in [0, 1, 0x7f, 0x80, 0xff, Self.small[index] ^ 1, Self.small[index] &+ 8] {
        var bytes = Self.small
        bytes[index] = UInt8(value)
        imported += survives(bytes) ? 1 : 0
      }
    }
    #expect(imported > 0)
  }

  @Test func noRandomDamageEndsTheProgram() throws {
    var state: UInt64 = 20_260_101
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var seeds = [Self.small, try OperatorZoo.writer().bytes]
    seeds += Self.storages.map { Self.writer($0.1).bytes }
    for round in 0..<20_000 {
      var bytes = seeds[round % seeds.count]
      for _ in 0...random(4) {
        let place = random(bytes.count)
        switch random(4) {
        case 0: bytes[place] = UInt8(random(256))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8(random(256)), at: place)
        default: bytes[place] = [0, 0x7f, 0x80, 0xff][random(4)]
        }
      }
      _ = survives(bytes)
    }
  }

  /// Imports and decodes; an error must be one line.
  private func survives(_ bytes: [UInt8]) -> Bool {
    let error = modelError { () throws(ModelError) in
      let network = try OnnxImporter.network(MappedFile(copying: bytes, name: "net.onnx"))
      for weight in network.weights.values where weight.shape.elementCount < 10_000 {
        _ = try? weight.tensor()
      }
      _ = try network.layer(named: "input")
    }
    guard let error else { return true }
    #expect(!error.description.contains { $0.isNewline })
    return false
  }

  @Test func everyLieOfTheWireFormatIsAnError() {
    let graph = { (body: [UInt8]) in [0x08, 8, 0x3a] + Message.varint(UInt64(body.count)) + body }
    let lies: [(String, [UInt8], String)] = [
      ("empty", [], "no graph"),
      ("no graph", [0x08, 8], "no graph"),
      ("number of 11 bytes", [0x08] + [UInt8](repeating: 0x80, count: 11), "64 bits"),
      ("number of 65 bits", [0x08] + [UInt8](repeating: 0xff, count: 9) + [2], "64 bits"),
      ("number cut off", [0x08, 0x80], "past the end"),
      ("field number 0", [0x00, 0], "field number 0"),
      ("group", [0x08, 8, 0x0b, 0x0c], "wire type 3"),
      ("wire type 7", [0x08, 8, 0x0f], "wire type 7"),
      ("field longer than the file", [0x3a, 0x05, 0], "5 bytes"),
      ("field of 2^64 - 1 bytes", [0x3a] + [UInt8](repeating: 0xff, count: 9) + [1], "are left"),
      ("fixed number cut off", [0x0d, 1, 2], "past the end"),
      ("graph that is a number", [0x38, 1], "not bytes"),
      ("no operator set", graph([]), "no default operator set"),
    ]
    for (name, bytes, part) in lies {
      let error = modelError { () throws(ModelError) in
        _ = try OnnxImporter.network(MappedFile(copying: bytes, name: "net.onnx"))
      }
      #expect(error?.description.contains(part) ?? false, "\(name): \(error?.description ?? "-")")
    }
  }

  @Test func impossibleTensorsAreErrors() {
    let raw = { (dimensions: [Int], type: Int, count: Int) in
      OnnxWriter.tensor("w", dimensions, type: type) {
        $0.bytes(9, [UInt8](repeating: 0, count: count))
      }
    }
    let tensors: [(String, [UInt8])] = [
      ("negative extent", raw([-1, 3], 1, 12)),
      ("product overflows", raw([1 << 31, 1 << 31, 1 << 31], 1, 12)),
      ("product overflows but for a zero", raw([0, 1 << 31, 1 << 31, 1 << 31], 1, 0)),
      ("extent too large", raw([1 << 40], 1, 12)),
      ("nine axes", raw([1, 1, 1, 1, 1, 1, 1, 1, 6], 1, 24)),
      ("too few bytes", raw([2, 3], 1, 23)),
      ("too many bytes", raw([2, 3], 1, 25)),
      ("nothing stored", OnnxWriter.tensor("w", [2, 3]) { _ in }),
      ("text", raw([2, 3], 8, 24)),
      ("complex", raw([2, 3], 14, 48)),
      ("unknown type", raw([2, 3], 99, 24)),
      ("half a pack", OnnxWriter.tensor("w", [2, 3]) { $0.bytes(4, [1, 2, 3]) }),
      ("one number too few", OnnxWriter.tensor("w", [2, 3]) { $0.float(4, 1) }),
    ]
    for (name, tensor) in tensors {
      let error = modelError { () throws(ModelError) in _ = try Self.writer(tensor).network() }
      #expect(error?.exitCode == 65, "\(name)")
      #expect(error?.description.contains("w") ?? false, "\(name)")
    }
  }

  @Test func aMillionNestedGraphsAreOneError() {
    // node -> attribute -> graph -> node ...: each level wraps the one inside.
    var prefixes: [[UInt8]] = []
    var length = 0
    for _ in 0..<350_000 {
      for field in [6, 5, 1] {
        let prefix = [UInt8(field << 3 | 2)] + Message.varint(UInt64(length))
        prefixes.append(prefix)
        length += prefix.count
      }
    }
    let graph = Array(prefixes.reversed().joined())
    var message = Message()
    message.integer(1, 8)
    message.message(8) { $0.integer(2, 17) }
    message.bytes(7, graph)
    let error = modelError { () throws(ModelError) in
      _ = try OnnxImporter.network(MappedFile(copying: message.bytes, name: "net.onnx"))
    }
    #expect(error != nil)
  }

  @Test func aFileOfEmptyNodesIsRefused() {
    var message = Message()
    message.integer(1, 8)
    message.message(8) { $0.integer(2, 17) }
    message.bytes(7, [UInt8]([[UInt8]](repeating: [0x0a, 0], count: 2_100_000).joined()))
    let error = modelError { () throws(ModelError) in
      _ = try OnnxImporter.network(MappedFile(copying: message.bytes, name: "net.onnx"))
    }
    #expect(error?.description.contains("2,000,000 items") ?? false)
  }
}
