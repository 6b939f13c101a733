import Foundation
import Testing

/// Files that cannot be used: one line each, the right code, the rest finished.
@Suite struct BadInputTests {
  struct BadFile: Sendable, CustomTestStringConvertible {
    let name: String
    let code: Int
    let message: String
    let make: @Sendable () -> [UInt8]

    init(
      _ name: String, _ code: Int, _ message: String, _ make: @escaping @Sendable () -> [UInt8]
    ) {
      self.name = name
      self.code = code
      self.message = message
      self.make = make
    }

    var testDescription: String { name }
  }

  static let inputs = [
    BadFile("empty.npy", 65, "not a .npy file") { [] },
    BadFile("random.npy", 65, "not a .npy file") { (0..<999).map { UInt8(($0 * 7919) & 0xff) } },
    BadFile("head.npy", 65, "cut off") { Array(npy([3, 32, 32], picture()).prefix(40)) },
    BadFile("cut.npy", 65, "takes 12288") { Array(npy([3, 32, 32], picture()).dropLast(5)) },
    BadFile("long.npy", 65, "takes 12288") { npy([3, 32, 32], picture()) + [0] },
    BadFile("double.npy", 65, "<f8") { npy([3, 32, 32], type: "<f8", picture()) },
    BadFile("big.npy", 65, ">f4") { npy([3, 32, 32], type: ">f4", picture()) },
    BadFile("object.npy", 65, "|O") { npy([3, 32, 32], type: "|O", picture()) },
    BadFile("fortran.npy", 65, "Fortran") { npy([3, 32, 32], fortran: true, picture()) },
    BadFile("small.npy", 65, "3x16x16") { npy([3, 16, 16], Array(picture().prefix(768))) },
    BadFile("grey.npy", 65, "1x32x32") { npy([1, 32, 32], Array(picture().prefix(1024))) },
    BadFile("flat.npy", 65, "is 3072") { npy([3072], picture()) },
    BadFile("none.npy", 65, "0x3x32x32") { npy([0, 3, 32, 32], []) },
    BadFile("huge.npy", 65, "too large") { npy([1 << 40, 1 << 40, 32], []) },
    BadFile("nan.npy", 65, "NaN in row 0 at [1, 2, 3]") {
      var values = picture()
      values[1024 + 2 * 32 + 3] = .nan
      return npy([3, 32, 32], values)
    },
    BadFile("inf.npy", 65, "infinity in row 0 at [0, 0, 0]") {
      npy([3, 32, 32], [-.infinity] + picture().dropFirst())
    },
    BadFile("picture.webp", 65, "is a WebP file, neither PNG nor JPEG; convert it to PNG") {
      Array("RIFF".utf8) + [1, 2, 3, 4] + Array("WEBPVP8 ".utf8)
    },
    BadFile("empty.jpg", 65, "is empty, neither PNG nor JPEG; copy it again") { [] },
    BadFile("last.npy", 65, "numpy.transpose(array, (2, 0, 1))") { npy([32, 32, 3], picture()) },
    BadFile("unknown.xyz", 65, "is neither PNG nor JPEG") { [1, 2, 3] },
  ]

  @Test(arguments: inputs)
  func aBadInputIsOneLineAndTheRestIsDone(_ bad: BadFile) throws {
    let folder = try TemporaryFolder()
    try folder.write(bad.make(), to: bad.name)
    try folder.write(npy([3, 32, 32], picture()), to: "good.npy")
    let words = ["--model", Program.model, "--device", "reference", "--method", "grad-cam"]
    let run = try Program.run(
      ["explain", bad.name, "good.npy", "-o", "out"] + words, in: folder.path)
    #expect(run.code == 2, "\(run.errors)")
    let complaints = run.errorLines.filter { $0.hasPrefix("salient: ") }
    #expect(complaints.count == 1)
    #expect(complaints[0].hasPrefix("salient: \(bad.name): "))
    #expect(complaints[0].contains(bad.message), "\(complaints)")
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 2)
    let failure = try #require(records.first { $0["image"] as? String == bad.name })
    #expect(Set(failure.keys) == ["schema", "image", "source", "error"])
    let error = try #require(failure["error"] as? [String: Any])
    #expect(Set(error.keys) == ["code", "message", "hint"])
    #expect(error["code"] as? Int == bad.code)
    let alone = try Program.run(["explain", bad.name, "-o", "two"] + words, in: folder.path)
    #expect(alone.code == 66)
    #expect(alone.errorLines.filter { $0.hasPrefix("salient: ") }.count == 1)
  }

  @Test func aRowOfAStackFailsAlone() throws {
    let folder = try TemporaryFolder()
    var values = (0..<4).flatMap { picture($0) }
    values[2 * 3072 + 1] = .nan
    try folder.write(npy([4, 3, 32, 32], values), to: "stack.npy")
    let run = try Program.run(
      [
        "explain", "stack.npy", "--model", Program.model, "--device", "reference", "--method",
        "grad-cam", "-o", "out",
      ], in: folder.path)
    #expect(run.code == 2)
    #expect(run.errors.contains("NaN in row 2 at [0, 0, 1]"))
    let records = try folder.records("out/results.jsonl")
    #expect(records.map { $0["error"] == nil } == [true, true, false, true])
  }

  @Test func inputsThatAreNoFilesFailAlone() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "good.npy")
    mkfifo(folder.file("pipe.npy"), 0o600)
    let run = try Program.run(
      [
        "explain", "good.npy", "pipe.npy", "missing.npy", "--model", Program.model, "--device",
        "reference", "--method", "grad-cam", "-o", "out",
      ], in: folder.path)
    #expect(run.code == 2)
    #expect(run.errors.contains("pipe.npy: is not a regular file"))
    #expect(run.errors.contains("missing.npy: no such file"))
  }

  @Test func aNameThatIsTooLongForAnOutputFailsAlone() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "x", count: 245) + ".npy"
    for name in [long, "good.npy"] { try folder.write(npy([3, 32, 32], picture()), to: name) }
    let run = try Program.run(
      [
        "explain", long, "good.npy", "--model", Program.model, "--device", "reference", "--method",
        "grad-cam", "-o", "out",
      ], in: folder.path)
    #expect(run.code == 2, "\(run.errors)")
    let records = try folder.records("out/results.jsonl")
    #expect(records.map { $0["error"] == nil } == [false, true])
  }

  static let models = [
    BadFile("empty.onnx", 65, "empty.onnx") { [] },
    BadFile("random.onnx", 65, "random.onnx") { (0..<999).map { UInt8(($0 * 7919) & 0xff) } },
    BadFile("net.engine", 65, "torch.onnx.export") { Array("not a network".utf8) },
    BadFile("cut.onnx", 65, "cut.onnx") { Array(model().prefix(20_000)) },
    BadFile("deep.onnx", 65, "deep.onnx") { deepNesting() },
    BadFile("long.safetensors", 65, "long.safetensors") {
      [255, 255, 255, 255, 255, 255, 255, 127] + Array("{}".utf8)
    },
    BadFile("wrong.safetensors", 65, "wrong.safetensors") {
      safetensors(#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,99999999]}}"#)
    },
    BadFile("overlap.safetensors", 65, "overlap.safetensors") {
      safetensors(
        #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"#
          + #""b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}"#, 24)
    },
    BadFile("huge.safetensors", 65, "huge.safetensors") {
      safetensors(
        #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}}"#, 16)
    },
  ]

  static func safetensors(_ header: String, _ byteCount: Int = 0) -> [UInt8] {
    [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8)
      + [UInt8](repeating: 0, count: byteCount)
  }

  @Test(arguments: models)
  func aBadModelIsOneLine(_ bad: BadFile) throws {
    let folder = try TemporaryFolder()
    try folder.write(bad.make(), to: bad.name)
    for words in [["explain", Program.pictures, "-m", bad.name], ["layers", bad.name]] {
      let run = try Program.run(words, in: folder.path)
      #expect(run.code == Int32(bad.code), "\(run.errors)")
      #expect(run.errorLines.count == 1)
      #expect(run.errors.contains(bad.message))
    }
    #expect(try folder.files() == [bad.name])
  }

  @Test func weightsThatAreNotBesideTheModelAreNamed() throws {
    let folder = try TemporaryFolder()
    let name = "resnet-basic-dynamo.onnx"
    try FileManager.default.copyItem(
      atPath: "\(Program.networks)/\(name)", toPath: folder.file(name))
    let missing = try Program.run(["layers", name], in: folder.path)
    #expect(missing.code == 65)
    #expect(
      missing.errors.contains("\(name).data") && missing.errors.contains("--external-data-dir"))
    let found = try Program.run(
      ["layers", name, "--external-data-dir", Program.networks], in: folder.path)
    #expect(found.code == 0, "\(found.errors)")
    try folder.write([1, 2, 3], to: "\(name).data")
    let short = try Program.run(["layers", name], in: folder.path)
    #expect(short.code == 65)
    #expect(short.errorLines.count == 1)
  }

  /// A model that asks for weights outside of its folder gets none.
  @Test func weightsOutsideOfTheFolderAreRefused() throws {
    let folder = try TemporaryFolder()
    let name = "resnet-basic-dynamo.onnx"
    let inside = Array("\(name).data".utf8)
    let outside = Array("../\(name).data".utf8.prefix(inside.count))
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(Program.networks)/\(name)")))
    var count = 0
    for start in bytes.indices.dropLast(inside.count)
    where Array(bytes[start..<start + inside.count]) == inside {
      bytes.replaceSubrange(start..<start + inside.count, with: outside)
      count += 1
    }
    #expect(count > 10)
    try folder.write(bytes, to: "models/\(name)")
    try folder.write(
      [UInt8](repeating: 0, count: 1 << 20),
      to: String(decoding: outside.dropFirst(3), as: UTF8.self))
    let run = try Program.run(["layers", "models/\(name)"], in: folder.path)
    #expect(run.code == 65)
    #expect(run.errorLines.count == 1)
    #expect(run.errors.contains("../"), "\(run.errors)")
  }

  /// A disk that fills up ends the run with 74; what was finished stays whole, and the run goes on.
  @Test(.enabled(if: SmallDisk.isPossible, "only root mounts a small file system"))
  func aFullDiskIsOneLine() throws {
    let folder = try TemporaryFolder()
    let disk = try #require(SmallDisk(at: folder.file("disk"), kilobytes: 100))
    try folder.write(npy([16, 3, 32, 32], (0..<16).flatMap { picture($0) }), to: "many.npy")
    let words = [
      "explain", "many.npy", "-m", Program.model, "--device", "reference", "--method", "grad-cam",
      "--save", "map", "-o", "disk/run",
    ]
    let run = try Program.run(words, in: folder.path)
    #expect(run.code == 74, "\(run.errors)")
    #expect(run.errorLines.filter { $0.hasPrefix("salient: ") }.count == 1)
    #expect(run.errors.contains("No space left") && run.errors.contains("--resume"))
    let maps = try folder.files(below: "disk/run/maps")
    #expect(maps.count > 2 && maps.count < 16)
    for name in maps { #expect(try folder.bytes("disk/run/maps/\(name)").count == 128 + 4 * 1024) }
    try #require(disk.grow(toKilobytes: 1000))
    #expect(try Program.run(words + ["--resume"], in: folder.path).code == 0)
    #expect(try folder.records("disk/run/results.jsonl").count == 16)
  }

  @Test(.enabled(if: SmallDisk.isPossible, "only root mounts a small file system"))
  func aRunThatCannotFitDoesNotBegin() throws {
    let folder = try TemporaryFolder()
    let disk = try #require(SmallDisk(at: folder.file("disk"), kilobytes: 20))
    let run = try Program.run(
      ["explain", Program.pictures, "-m", Program.model, "-o", "disk/run"], in: folder.path)
    #expect(run.code == 74, "\(run.errors)")
    #expect(run.errors.contains(" to write, and "))
    #expect(try folder.files(below: "disk").isEmpty)
    _ = disk
  }

  static func model() -> [UInt8] {
    (try? [UInt8](Data(contentsOf: URL(fileURLWithPath: Program.model)))) ?? []
  }

  /// A graph in an attribute of a node of a graph, a million messages deep.
  static func deepNesting() -> [UInt8] {
    // Written from the inside out and turned round at the end.
    var backwards: [UInt8] = []
    for depth in 0..<1_000_000 {
      var head: [UInt8] = [[0x32, 0x2a, 0x0a][depth % 3]]
      var length = backwards.count
      repeat {
        head.append(UInt8(length & 0x7f) | (length > 0x7f ? 0x80 : 0))
        length >>= 7
      } while length > 0
      backwards += head.reversed()
    }
    var length = backwards.count
    var head: [UInt8] = [0x08, 0x08, 0x3a]
    repeat {
      head.append(UInt8(length & 0x7f) | (length > 0x7f ? 0x80 : 0))
      length >>= 7
    } while length > 0
    return head + backwards.reversed()
  }
}
