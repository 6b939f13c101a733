import Foundation
import Graphs
import Models
import Operators
import Tensors
import Testing

/// Inputs, outputs, labels, sizes, and the one line for what is not supported.
@Suite struct OnnxModelTests {
  // MARK: - Ends

  /// A network [1, 3, 1, 1] -> nodes -> y.
  private func ending(
    in operators: [(String, [(String, OnnxWriter.Attribute)])]
  ) throws -> Network {
    var writer = OnnxWriter()
    writer.input.extents = [1, 3, 1, 1]
    writer.node("Relu", ["x"], ["t0"])
    for (index, (name, attributes)) in operators.enumerated() {
      let output = index == operators.count - 1 ? "y" : "t\(index + 1)"
      writer.node(name, ["t\(index)"], [output], attributes)
    }
    return try writer.network()
  }

  @Test func whatStandsBehindTheLogitsIsTakenOff() throws {
    let axis: [(String, OnnxWriter.Attribute)] = [("axis", .integer(1))]
    let forms: [([(String, [(String, OnnxWriter.Attribute)])], Network.Terminal)] = [
      ([("Flatten", [])], .none),
      ([("Flatten", []), ("Softmax", [])], .softmax),
      ([("Flatten", []), ("Softmax", axis)], .softmax),
      ([("Flatten", []), ("LogSoftmax", axis)], .softmax),
      ([("Flatten", []), ("Sigmoid", [])], .sigmoid),
      ([("Softmax", axis), ("Flatten", [])], .softmax),
      ([("Sigmoid", []), ("Flatten", []), ("Identity", [])], .sigmoid),
      ([("Softmax", axis)], .softmax),
      ([("Flatten", []), ("Softmax", []), ("Dropout", [])], .softmax),
      ([("Flatten", []), ("Softmax", []), ("Relu", [])], .none),
    ]
    for (operators, terminal) in forms {
      let network = try ending(in: operators)
      #expect(network.logits.terminal == terminal, "\(operators.map(\.0))")
      #expect(network.classCount == 3)
      let live = network.graph.liveness
      let left = network.graph.nodes.filter { live.isNeeded($0.value) }
      let hasEnd = left.contains { $0.operation is Softmax || $0.operation is Sigmoid }
      #expect(hasEnd == (operators.last?.0 == "Relu"), "\(operators.map(\.0))")
    }
  }

  @Test func anOutputOfOneNumberARowIsOneClass() throws {
    var writer = OnnxWriter()
    writer.input.extents = [1, 1, 1, 1]
    writer.node("Squeeze", ["x"], ["t"])
    writer.node("Sigmoid", ["t"], ["y"])
    let network = try writer.network()
    #expect(network.classCount == 1)
    #expect(network.logits.terminal == .sigmoid)
  }

  @Test func anImageOutputIsNoListOfClasses() throws {
    var writer = OnnxWriter()
    writer.node("Sigmoid", ["x"], ["y"])
    let network = try writer.network()
    #expect(network.classCount == nil)
    #expect(network.logits.terminal == .none)
    #expect(network.graph[network.logits.value].shape == [1, 2, 4, 4])
  }

  @Test func severalOutputsKeepTheirOrderAndTheFirstListIsTheLogits() throws {
    var writer = OnnxWriter()
    writer.outputs = ["r", "y", "z"]
    writer.node("Relu", ["x"], ["r"])
    writer.node("Flatten", ["r"], ["y"])
    writer.node("Softmax", ["y"], ["z"])
    let network = try writer.network()
    #expect(network.outputs.map(\.name) == ["r", "y", "z"])
    #expect(network.outputs.map(\.terminal) == [.none, .none, .softmax])
    #expect(network.logits.name == "y")
    #expect(network.graph.outputs == network.outputs.map(\.value))
  }

  @Test func labelsAreReadFromWhatTheFileStates() throws {
    let forms: [(String, String, [String]?)] = [
      ("names", "{0: 'cat', 1: \"dog's\"}", ["cat", "dog's"]),
      ("names", "{\"1\": \"dog\", \"0\": \"cat\"}", ["cat", "dog"]),
      ("labels", "[\"cat\", \"dog\"]", ["cat", "dog"]),
      ("classes", "cat\ndog\n", ["cat", "dog"]),
      ("labels", "cat, dog", ["cat", "dog"]),
      ("labels", "[\"cat\"]", nil),
      ("names", "{0: 'cat', 2: 'dog'}", nil),
      ("author", "[\"cat\", \"dog\"]", nil),
    ]
    for (key, text, labels) in forms {
      var writer = OnnxWriter()
      writer.metadata = [(key, text)]
      writer.node("GlobalAveragePool", ["x"], ["y"])
      #expect(try writer.network().labels == labels, "\(text)")
    }
  }

  // MARK: - Inputs

  @Test func anOpenSizeIsTheOneAskedFor() throws {
    var writer = OnnxWriter()
    writer.input.extents = [nil, 3, nil, nil]
    writer.node("GlobalAveragePool", ["x"], ["y"])
    #expect(try writer.network().imageShape == [3, 224, 224])
    #expect(try writer.network(size: (30, 40)).imageShape == [3, 30, 40])
    #expect(try !writer.network().isSizeFixed)
    writer.input.extents = [1, 3, 8, 8]
    #expect(try writer.network(size: (8, 8)).isSizeFixed)
    let error = modelError { () throws(ModelError) in _ = try writer.network(size: (9, 8)) }
    #expect(
      error?.description == "net.onnx: input x fixes 8x8, not 9x8; "
        + "leave --size out, or export with dynamic height and width")
  }

  @Test func inputsThatAreNoImageAreRefusedInOneLine() {
    let inputs: [([Int?], Int, String)] = [
      ([1, 3], 1, "no image"), ([1, 3, 8, 8, 8], 1, "no image"), ([1, nil, 8, 8], 1, "channels"),
      ([1, 3, 0, 8], 1, "extent of 0"), ([1, 3, 8, -8], 1, "extent of -8"),
      ([1, 3, 8, 1 << 40], 1, "extent of"), ([1, 3, 8, 8], 2, "is of uint8"),
      ([1, 8], 7, "is of int64"),
    ]
    for (extents, type, part) in inputs {
      var writer = OnnxWriter()
      writer.input = ("x", extents, type)
      writer.node("Relu", ["x"], ["y"])
      let error = modelError { () throws(ModelError) in _ = try writer.network() }
      #expect(error?.description.contains(part) ?? false, "\(error?.description ?? "-")")
    }
  }

  @Test func ofSeveralOutputsTheOneTakenIsNoted() throws {
    var writer = OnnxWriter()
    writer.input.extents = [nil, 3, 1, 1]
    writer.node("Relu", ["x"], ["y"])
    writer.node("Sigmoid", ["x"], ["z"])
    #expect(try writer.network().notes == [])
    writer.outputs = ["z", "y"]
    #expect(
      try writer.network().notes == [
        "of 2 outputs z is explained, the first with classes; not y"
      ])
  }

  @Test func theReadmeListsEveryOperator() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let list =
      text.split(separator: "ONNX operators that are read:").last?
      .split(separator: ".").first ?? ""
    let names = list.split { ", \n".contains($0) }.map(String.init)
    #expect(names == OnnxImporter.supportedOperators)
  }

  // MARK: - One line for what is not supported

  @Test func anUnknownOperatorIsOneLineWithItsNode() {
    var writer = OnnxWriter()
    writer.opset = 20
    writer.node("Einsum", ["x"], ["y"], name: "/dec/Einsum")
    let error = modelError { () throws(ModelError) in _ = try writer.network() }
    #expect(
      error?.description == "net.onnx: node /dec/Einsum (Einsum, opset 20) is not supported; "
        + "salient layers --help lists the operators that are")
    #expect(error?.exitCode == 65)
  }

  @Test func operatorsOfOtherDomainsAreNotTakenForOnnx() {
    var writer = OnnxWriter()
    writer.node("Relu", ["x"], ["y"], name: "n", domain: "com.microsoft")
    let error = modelError { () throws(ModelError) in _ = try writer.network() }
    #expect(error?.description.contains("(com.microsoft.Relu, opset 17)") ?? false)
  }

  @Test func whatNoOutputNeedsIsNotLookedAt() throws {
    var writer = OnnxWriter()
    writer.node("Einsum", ["x"], ["unused"])
    writer.node("Relu", ["x"], ["y"])
    #expect(try writer.network().graph.nodes.count == 2)
  }

  @Test func brokenGraphsAreErrors() {
    let forms: [(String, (inout OnnxWriter) -> Void)] = [
      ("made by no", { $0.node("Relu", ["nowhere"], ["y"]) }),
      ("made twice", { writer in for _ in 0..<2 { writer.node("Relu", ["x"], ["y"]) } }),
      (
        "stored twice",
        { writer in
          for _ in 0..<2 { writer.weight("w", [1], [1]) }
          writer.node("Relu", ["x"], ["y"])
        }
      ),
      (
        "made by no",
        { writer in
          writer.node("Relu", ["t"], ["y"])
          writer.node("Relu", ["x"], ["t"])
        }
      ),
      ("use no input", { $0.node("Constant", [], ["y"], [("value_float", .float(1))]) }),
      (
        "older than 7",
        { writer in
          writer.opset = 6
          writer.node("Relu", ["x"], ["y"])
        }
      ),
      ("is absent", { $0.node("Relu", [""], ["y"]) }),
    ]
    for (part, form) in forms {
      var writer = OnnxWriter()
      // Without a first node that reads the image, the graph would have no input at all.
      form(&writer)
      writer.node("Relu", ["x"], ["side"])
      writer.outputs = ["y", "side"]
      if part == "use no input" {
        writer.nodes.removeLast()
        writer.outputs = ["y"]
      }
      let error = modelError { () throws(ModelError) in _ = try writer.network() }
      #expect(error?.description.contains(part) ?? false, "\(part): \(error?.description ?? "-")")
    }
  }

  @Test func namesFromAFileCannotBreakTheLine() {
    var writer = OnnxWriter()
    let name = "a\nb\u{202e}" + String(repeating: "x", count: 5000)
    writer.node("Einsum", ["x"], ["y"], name: name)
    let error = modelError { () throws(ModelError) in _ = try writer.network() }
    let text = error?.description ?? ""
    #expect(text.contains("node a?b?xxx") && text.count < 300)
  }

  @Test func weightsGivenByARecipeTakeNoMemory() throws {
    var writer = OnnxWriter()
    writer.input.extents = [1, 4096, 1, 1]
    writer.integers("shape", [4096, 4096])
    writer.node(
      "ConstantOfShape", ["shape"], ["w"],
      [("value", .tensor(OnnxWriter.floats("", [1], [0.5])))])
    writer.node("Flatten", ["x"], ["f"])
    writer.node("Gemm", ["f", "w"], ["y"], [("transB", .integer(1))])
    let network = try writer.network()
    #expect(network.parameterCount == 4096 * 4096)
    #expect(network.weights["w"] is FilledWeights)
  }
}
