import Graphs
import Models
import Operators
import Tensors
import Testing

/// What the importer makes of nodes: values by the reference, shapes, and errors.
@Suite struct OnnxImporterTests {
  /// A batch whose elements are 0, 1, 2, ...
  static func batch(_ shape: Shape) -> HostTensor<Float> {
    HostTensor(shape) { Float($0) - 3 }
  }

  /// Image [1, 2, 1, 2], flattened to f [1, 4].
  static func flat() -> OnnxWriter {
    var writer = OnnxWriter()
    writer.input.extents = [1, 2, 1, 2]
    writer.node("Flatten", ["x"], ["f"])
    return writer
  }

  // MARK: - Channels last

  /// Two images of 6x5 places and 3 channels, whose file keeps the channels last.
  static func turned() -> OnnxWriter {
    var writer = OnnxWriter()
    writer.input.extents = [nil, 6, 5, 3]
    return writer
  }

  @Test func channelsAreScaledWhereverTheyStand() async throws {
    var writer = Self.turned()
    writer.weight("s", [3], [1, 10, 100])
    writer.node("Mul", ["x", "s"], ["m"])
    writer.node("Transpose", ["m"], ["y"], [("perm", .integers([0, 3, 1, 2]))])
    let x = Self.batch([2, 3, 6, 5])
    let y = try await writer.run(x)
    #expect(y == HostTensor([2, 3, 6, 5]) { x[$0] * [1, 10, 100][$0 / 30 % 3] })
  }

  @Test func aReshapeSeesTheOrderOfTheFile() async throws {
    var writer = Self.turned()
    writer.integers("shape", [-1, 90])
    writer.node("Relu", ["x"], ["r"])
    writer.node("Reshape", ["r", "shape"], ["y"])
    let x = Self.batch([2, 3, 6, 5])
    let y = try await writer.run(x)
    #expect(
      y
        == HostTensor([2, 90]) { flat in
          let (row, place, channel) = (flat / 90, flat % 90 / 3, flat % 3)
          return max(x[row * 90 + channel * 30 + place], 0)
        })
  }

  @Test func aMeanOverTheMiddleAxesIsOneOverPlaces() async throws {
    var writer = Self.turned()
    writer.integers("axes", [1, 2])
    writer.node("ReduceMean", ["x", "axes"], ["y"], [("keepdims", .integer(0))])
    let x = Self.batch([2, 3, 6, 5])
    let y = try await writer.run(x)
    #expect(y == HostTensor([2, 3]) { row in x[row * 30] + 14.5 })
  }

  @Test func paddingThatRepeatsOrMirrorsTheEdge() async throws {
    for (mode, expected) in [
      ("edge", [-3, -3, -2, -1, 0, 0, 0]), ("reflect", [-2, -3, -2, -1, 0, -1, -2]),
    ] as [(String, [Float])] {
      var writer = OnnxWriter()
      writer.input.extents = [nil, 1, 4, 8]
      writer.integers("pads", [0, 0, 1, 0, 0, 0, 2, 0])
      writer.node("Pad", ["x", "pads"], ["y"], [("mode", .text(mode))])
      let x = HostTensor([1, 1, 4, 8]) { Float($0 / 8) - 3 }
      let y = try await writer.run(x)
      #expect(y == HostTensor([1, 1, 7, 8]) { expected[$0 / 8] })
    }
  }

  @Test(arguments: [0.01, 0.25, -0.5] as [Float])
  func leakyReLUIsItsDefinitionToTheLastBit(_ slope: Float) async throws {
    var writer = OnnxWriter()
    writer.input.extents = [nil, 2, 1, 7]
    writer.node("LeakyRelu", ["x"], ["y"], slope == 0.01 ? [] : [("alpha", .float(slope))])
    let x = HostTensor([1, 2, 1, 7], (0..<14).map { (Float($0) - 7) * 0.37 })
    let y = try await writer.run(x)
    #expect(y.elements == x.elements.map { $0 > 0 ? $0 : slope * $0 })
  }

  // MARK: - Batches

  @Test func aBatchOfOneInReshapeStandsForAnyNumber() async throws {
    var writer = OnnxWriter()
    writer.input.extents = [1, 2, 1, 1]
    writer.integers("shape", [1, 2])
    writer.node("Reshape", ["x", "shape"], ["y"])
    let y = try await writer.run(Self.batch([3, 2, 1, 1]))
    #expect(y == HostTensor([3, 2], [-3, -2, -1, 0, 1, 2]))
  }

  @Test func anotherFixedBatchStandsForAnyNumberToo() async throws {
    var writer = OnnxWriter()
    writer.input.extents = [8, 2, 1, 1]
    writer.integers("shape", [8, -1])
    writer.node("Reshape", ["x", "shape"], ["y"])
    #expect(try await writer.run(Self.batch([3, 2, 1, 1])).shape == [3, 2])
  }

  @Test func aDynamicBatchIsFollowedThroughItsShape() async throws {
    var writer = OnnxWriter()
    writer.input.extents = [nil, 2, 1, 3]
    writer.initializers.append(OnnxWriter.integers("zero", [], [0]))
    writer.integers("axis", [0])
    writer.integers("rest", [-1])
    writer.node("Shape", ["x"], ["s"])
    writer.node("Gather", ["s", "zero"], ["n"])
    writer.node("Unsqueeze", ["n", "axis"], ["n1"])
    writer.node("Concat", ["n1", "rest"], ["t"], [("axis", .integer(0))])
    writer.node("Reshape", ["x", "t"], ["y"])
    let y = try await writer.run(Self.batch([4, 2, 1, 3]))
    #expect(y.shape == [4, 6])
    #expect(y.elements == Self.batch([4, 6]).elements)
  }

  @Test func theBatchAsANumberIsRefused() throws {
    let forms: [(String, (inout OnnxWriter) -> Void)] = [
      ("multiplied", { $0.node("Mul", ["n", "two"], ["t"]) }),
      ("doubled", { $0.node("Add", ["n", "n"], ["t"]) }),
      ("divided by", { $0.node("Div", ["two", "n"], ["t"]) }),
      ("behind", { $0.node("Concat", ["two", "n"], ["t"], [("axis", .integer(0))]) }),
      ("counted", { $0.node("Range", ["n", "two", "n"], ["t"]) }),
    ]
    for (name, form) in forms {
      var writer = OnnxWriter()
      writer.input.extents = [nil, 2, 1, 1]
      writer.integers("zero", [0])
      writer.integers("two", [2])
      writer.node("Shape", ["x"], ["s"])
      writer.node("Gather", ["s", "zero"], ["n"])
      form(&writer)
      writer.node("Reshape", ["x", "t"], ["y"])
      let error = modelError { () throws(ModelError) in _ = try writer.network() }
      #expect(error?.exitCode == 65, "\(name)")
    }
  }

  @Test func whatMixesRowsIsRefused() {
    let forms: [(String, [String], [(String, OnnxWriter.Attribute)])] = [
      ("Reshape", ["x", "two"], []),
      ("Transpose", ["x"], [("perm", .integers([1, 0, 2, 3]))]),
      ("ReduceMean", ["x"], [("axes", .integers([0]))]),
      ("ReduceSum", ["x"], []),
      ("Squeeze", ["x"], [("axes", .integers([0]))]),
      ("Unsqueeze", ["x"], [("axes", .integers([0]))]),
      ("Concat", ["x", "x"], [("axis", .integer(0))]),
      ("Concat", ["x", "w"], [("axis", .integer(1))]),
      ("Slice", ["x"], [("starts", .integers([0])), ("ends", .integers([0]))]),
      ("Gather", ["x", "zero"], []),
    ]
    for (name, inputs, attributes) in forms {
      var writer = OnnxWriter()
      writer.input.extents = [1, 2, 1, 1]
      writer.integers("two", [2])
      writer.integers("zero", [0])
      writer.weight("w", [1, 2, 1, 1], [1, 2])
      writer.node(name, inputs, ["t"], name: "bad", attributes)
      writer.node("Relu", ["t"], ["y"])
      let error = modelError { () throws(ModelError) in _ = try writer.network() }
      #expect(error?.description.contains("node bad (\(name), opset 17)") ?? false, "\(name)")
    }
  }

  // MARK: - Linear layers

  @Test func gemmInEveryFormGivesTheSameNumbers() async throws {
    let w: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    let turned: [Float] = [1, 5, 2, 6, 3, 7, 4, 8]
    let x: [Float] = [1, 0, -1, 2]
    let plain: [Float] = [6, 14]
    typealias Form = (
      inputs: [String], attributes: [(String, OnnxWriter.Attribute)], expected: [Float]
    )
    let forms: [Form] = [
      (["f", "w"], [("transB", .integer(1))], plain),
      (["f", "wt"], [], plain),
      (["f", "wt", "b"], [], [16, 34]),
      (["f", "wt", "row"], [], [16, 34]),
      (["f", "wt", "one"], [], [7, 15]),
      (["f", "wt", "b"], [("alpha", .float(2)), ("beta", .float(0.5))], [17, 38]),
      (["f", "w", "b"], [("transB", .integer(1)), ("beta", .float(0))], plain),
    ]
    for form in forms {
      var writer = Self.flat()
      writer.weight("w", [2, 4], w)
      writer.weight("wt", [4, 2], turned)
      writer.weight("b", [2], [10, 20])
      writer.weight("row", [1, 2], [10, 20])
      writer.weight("one", [], [1])
      writer.node("Gemm", form.inputs, ["y"], form.attributes)
      let y = try await writer.run(HostTensor([2, 2, 1, 2], x + x))
      #expect(y == HostTensor([2, 2], form.expected + form.expected), "\(form.inputs)")
    }
    var writer = Self.flat()
    writer.weight("wt", [4, 2], turned)
    writer.node("MatMul", ["f", "wt"], ["y"])
    #expect(try await writer.run(HostTensor([1, 2, 1, 2], x)).elements == plain)
    #expect(try writer.network().weights.keys.map(\.text) == ["wt.transposed"])
  }

  // MARK: - Operators of images

  /// Gives the output of one node over an image [1, 1, 3, 3] of the numbers from 1 to 9.
  private func node(
    _ name: String, _ inputs: [String] = [], opset: Int = 17,
    _ attributes: [(String, OnnxWriter.Attribute)] = []
  ) async throws -> HostTensor<Float> {
    var writer = OnnxWriter()
    writer.opset = opset
    writer.input.extents = [1, 1, 3, 3]
    writer.weight("k", [1, 1, 2, 2], [1, 10, 100, 1000])
    writer.weight("k3", [1, 1, 3, 3], [0, 0, 0, 0, 1, 0, 0, 0, 1])
    writer.weight("low", [], [2])
    writer.weight("high", [], [5])
    writer.integers("pads", [0, 0, 1, 0, 0, 0, 0, -1])
    writer.integers("starts", [1])
    writer.integers("ends", [Int.max])
    writer.integers("last", [-1])
    writer.node(name, ["x"] + inputs, ["y"], attributes)
    let network = try writer.network()
    let x = HostTensor<Float>([1, 1, 3, 3]) { Float($0) + 1 }
    return try await writer.run(network, x, try network.layer(named: "y").value)
  }

  @Test func imageOperatorsGiveTheNumbersOfTheirDefinition() async throws {
    let ones: [(String, OnnxWriter.Attribute)] = [("kernel_shape", .integers([2, 2]))]
    #expect(try await node("Conv", ["k"]) == HostTensor([1, 1, 2, 2], [5421, 6532, 8754, 9865]))
    let upper = try await node("Conv", ["k"], [("auto_pad", .text("SAME_UPPER"))])
    #expect(upper.elements == [5421, 6532, 603, 8754, 9865, 906, 87, 98, 9])
    let lower = try await node("Conv", ["k"], [("auto_pad", .text("SAME_LOWER"))])
    #expect(lower.elements == [1000, 2100, 3200, 4010, 5421, 6532, 7040, 8754, 9865])
    let valid = try await node("Conv", ["k3"], [("auto_pad", .text("VALID"))])
    #expect(valid.elements == [14])
    #expect(try await node("MaxPool", [], ones).elements == [5, 6, 8, 9])
    let strided: [(String, OnnxWriter.Attribute)] = ones + [("strides", .integers([2, 2]))]
    #expect(try await node("MaxPool", [], strided).elements == [5])
    #expect(
      try await node("MaxPool", [], strided + [("ceil_mode", .integer(1))]).elements == [
        5, 6, 8, 9,
      ])
    #expect(try await node("AveragePool", [], ones).elements == [3, 4, 6, 7])
    let padded = strided + [("pads", .integers([1, 1, 0, 0]))]
    #expect(try await node("AveragePool", [], padded).elements == [1, 2.5, 5.5, 7])
    #expect(
      try await node("AveragePool", [], padded + [("count_include_pad", .integer(1))]).elements
        == [0.25, 1.25, 2.75, 7])
    #expect(try await node("GlobalMaxPool") == HostTensor([1, 1, 1, 1], [9]))
    let slice = try await node("Slice", ["starts", "ends", "last"])
    #expect(slice == HostTensor([1, 1, 3, 2], [2, 3, 5, 6, 8, 9]))
    let pad = try await node("Pad", ["pads"])
    #expect(pad == HostTensor([1, 1, 4, 2], [0, 0, 1, 2, 4, 5, 7, 8]))
  }

  @Test func clipTakesItsLimitsFromEitherPlace() async throws {
    let both: [Float] = [2, 2, 3, 4, 5, 5, 5, 5, 5]
    #expect(try await node("Clip", ["low", "high"]).elements == both)
    #expect(
      try await node("Clip", opset: 9, [("min", .float(2)), ("max", .float(5))]).elements == both)
    #expect(try await node("Clip", ["", "high"]).elements == [1, 2, 3, 4, 5, 5, 5, 5, 5])
    #expect(try await node("Clip", ["low"]).elements == [2, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(try await node("Clip").elements == [1, 2, 3, 4, 5, 6, 7, 8, 9])
  }

  @Test func theMeanOverSpaceIsGlobalPooling() throws {
    for axes in [[2, 3], [-1, -2], [3, 2]] {
      for keeps in [0, 1] {
        var writer = OnnxWriter()
        writer.integers("axes", axes)
        writer.opset = 18
        writer.node("ReduceMean", ["x", "axes"], ["y"], [("keepdims", .integer(keeps))])
        let network = try writer.network()
        #expect(network.graph.nodes.contains { $0.operation is GlobalAveragePool })
        #expect(network.classCount == 2)
      }
    }
  }

  @Test func aProductWithItsOwnSigmoidIsOneOperator() throws {
    for inputs in [["x", "s"], ["s", "x"]] {
      var writer = OnnxWriter()
      writer.node("Sigmoid", ["x"], ["s"])
      writer.node("Mul", inputs, ["y"])
      let network = try writer.network()
      #expect(network.graph[try network.layer(named: "y").value].operation is SiLU)
    }
    var gate = OnnxWriter()
    gate.node("Relu", ["x"], ["r"])
    gate.node("Sigmoid", ["r"], ["s"])
    gate.node("Mul", ["x", "s"], ["y"])
    let network = try gate.network()
    #expect(network.graph[try network.layer(named: "y").value].operation is Multiply)
  }

  @Test func aSplitGivesItsPartsInOrder() async throws {
    var writer = OnnxWriter()
    writer.input.extents = [1, 5, 1, 1]
    writer.opset = 18
    writer.node(
      "Split", ["x"], ["a", "b"], [("axis", .integer(1)), ("num_outputs", .integer(2))])
    writer.node("Concat", ["b", "a"], ["y"], [("axis", .integer(1))])
    let y = try await writer.run(HostTensor([1, 5, 1, 1], [1, 2, 3, 4, 5]))
    #expect(y == HostTensor([1, 5], [4, 5, 1, 2, 3]))
  }

  @Test func theInputTransformOfGoogLeNetIsImported() async throws {
    var writer = OnnxWriter()
    writer.input.extents = [1, 2, 1, 2]
    writer.weight("scale", [], [10])
    writer.initializers.append(OnnxWriter.integers("one", [], [1]))
    writer.integers("axis", [1])
    writer.node("Gather", ["x", "one"], ["c"], [("axis", .integer(1))])
    writer.node("Unsqueeze", ["c", "axis"], ["u"])
    writer.node("Mul", ["u", "scale"], ["m"])
    writer.node("Concat", ["m", "m"], ["t"], [("axis", .integer(1))])
    writer.node("Flatten", ["t"], ["y"])
    let y = try await writer.run(HostTensor([1, 2, 1, 2], [1, 2, 3, 4]))
    #expect(y.elements == [30, 40, 30, 40])
  }

  @Test func everySupportedOperatorRuns() async throws {
    let writer = try OperatorZoo.writer()
    let network = try writer.network()
    #expect(network.classCount == 3)
    let x = HostTensor<Float>([2, 2, 6, 6]) { Float($0 % 11) - 5 }
    let y = try await writer.run(network, x, network.logits.value)
    #expect(y.shape == [2, 3])
    let alone = try await writer.run(network, x.rows(1..<2), network.logits.value)
    #expect(alone.elements == Array(y.elements[3...]))
    #expect(OnnxImporter.supportedOperators.count == 45)
  }
}
