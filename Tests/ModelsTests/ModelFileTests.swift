import FoundationEssentials
import Models
import Testing

/// What a file is, by its content.
@Suite struct ModelFileTests {
  /// A stored zip file of empty members.
  static func zip(_ names: [String]) -> [UInt8] {
    var body: [UInt8] = []
    var directory: [UInt8] = []
    for name in names {
      let offset = body.count
      body += Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 22)
      body += littleEndian(UInt16(name.utf8.count)) + [0, 0] + Array(name.utf8)
      directory += Array("PK\u{1}\u{2}".utf8) + [UInt8](repeating: 0, count: 24)
      directory += littleEndian(UInt16(name.utf8.count)) + [UInt8](repeating: 0, count: 12)
      directory += littleEndian(UInt32(offset)) + Array(name.utf8)
    }
    var end = Array("PK\u{5}\u{6}".utf8) + [0, 0, 0, 0]
    end += littleEndian(UInt16(names.count)) + littleEndian(UInt16(names.count))
    end += littleEndian(UInt32(directory.count)) + littleEndian(UInt32(body.count)) + [0, 0]
    return body + directory + end
  }

  static let pickle: [UInt8] = [
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]

  @Test func everyOtherFileIsRefusedInTheLineOfTheContract() {
    let unknown =
      "net.x: not ONNX, safetensors or PyTorch; "
      + "export with torch.onnx.export(model, x, \"net.onnx\")"
    let script =
      "net.x: TorchScript program, not weights; "
      + "export ONNX, or save model.state_dict()"
    let weights =
      "net.x: PyTorch weights are not read; "
      + "convert them: weights = torch.load(\"net.x\", weights_only=True); "
      + "safetensors.torch.save_file(weights, \"net.safetensors\")"
    let files: [([UInt8], String)] = [
      ([], unknown), ([0x0a], unknown), (Array("hello, world, this is text".utf8), unknown),
      ([UInt8](repeating: 0, count: 4096), unknown), (Array("ptrt engine".utf8), unknown),
      (Self.zip(["m/constants.pkl", "m/data.pkl"]), script),
      (Self.zip(["m/data.pkl", "m/code/__torch__.py"]), script),
      (Self.zip(["m/data.pkl", "m/data/0", "m/version"]), weights),
      (Self.pickle, weights), (Self.zip(["word/document.xml"]), unknown),
      (Array("PK\u{3}\u{4}".utf8), unknown),
    ]
    for (bytes, line) in files {
      let error = modelError { () throws(ModelError) in
        _ = try ModelFile.recognise(MappedFile(copying: bytes, name: "net.x"))
      }
      #expect(error?.description == line)
      #expect(error?.exitCode == 65)
    }
    for bytes in [
      Self.zip(["config.json", "model.weights.h5"]), [0x89] + Array("HDF\r\n\u{1a}\n".utf8),
    ] {
      let error = modelError { () throws(ModelError) in
        _ = try ModelFile.recognise(MappedFile(copying: bytes, name: "net.x"))
      }
      #expect(error?.description.contains("Keras") ?? false)
    }
  }

  @Test func everyTruncatedZipIsAnError() {
    let whole = Self.zip(["m/constants.pkl", "m/data.pkl"])
    for count in 4..<whole.count {
      let error = modelError { () throws(ModelError) in
        _ = try ModelFile.recognise(MappedFile(copying: Array(whole[..<count]), name: "net.x"))
      }
      #expect(error != nil)
    }
  }

  @Test func paths() throws {
    let folder = try TemporaryFolder()
    try folder.write("net.onnx", OnnxFormatTests.small)
    #expect(try ModelFile.open(folder.path + "/net.onnx").network().classCount == 2)
    let missing = modelError { () throws(ModelError) in
      _ = try ModelFile.open(folder.path + "/none.onnx")
    }
    #expect(missing?.exitCode == 66)
    #expect(missing?.description.hasSuffix("none.onnx: no such file; check the path") ?? false)
    for path in [folder.path, "/dev/null", "/dev/zero"] {
      let error = modelError { () throws(ModelError) in _ = try ModelFile.open(path) }
      #expect(error?.exitCode == 66, "\(path)")
    }
  }

  @Test func aLargeFileIsMappedAndASmallOneCopied() throws {
    let folder = try TemporaryFolder()
    var message = Message()
    message.bytes(99, [UInt8](repeating: 7, count: 5 << 20))
    try folder.write("large.onnx", OnnxFormatTests.small + message.bytes)
    let network = try ModelFile.open(folder.path + "/large.onnx").network()
    #expect(try network.weights["w"]?.tensor().elements == OnnxFormatTests.values)
  }
}

/// A folder that goes when the test ends.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/models-\(UInt64.random(in: 0...(.max)))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
  }

  func folder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: "\(path)/\(name)", withIntermediateDirectories: true)
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/\(name)", withDestinationPath: target)
  }
}
