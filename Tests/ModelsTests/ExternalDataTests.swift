import FoundationEssentials
import Models
import Testing

/// Weights beside the model: nothing outside the folder is ever opened.
@Suite struct ExternalDataTests {
  static let data: [UInt8] =
    [9, 9, 9, 9] + OnnxFormatTests.values.flatMap { littleEndian($0.bitPattern) }

  /// A model whose weight lies elsewhere.
  static func model(_ entries: [(String, String)]) -> [UInt8] {
    let tensor = OnnxWriter.tensor("w", [2, 3]) { tensor in
      for (key, value) in entries {
        tensor.message(13) {
          $0.text(1, key)
          $0.text(2, value)
        }
      }
      tensor.integer(14, 1)
    }
    return OnnxFormatTests.writer(tensor).bytes
  }

  static func at(_ location: String) -> [(String, String)] {
    [("location", location), ("offset", "4"), ("length", "24")]
  }

  /// The error of a model in `folder/model`, or nil; the weights are compared.
  private func open(
    _ folder: TemporaryFolder, _ entries: [(String, String)], model: String = "model/net.onnx",
    externalDataFolder: String? = nil
  ) throws -> ModelError? {
    if model == "model/net.onnx" { try folder.write(model, Self.model(entries)) }
    return modelError { () throws(ModelError) in
      let network = try ModelFile.open("\(folder.path)/\(model)")
        .network(externalDataFolder: externalDataFolder)
      #expect((try? network.weights["w"]?.tensor().elements) == OnnxFormatTests.values)
    }
  }

  private func prepared() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.folder("model/sub")
    try folder.folder("other")
    try folder.write("model/net.data", Self.data)
    try folder.write("model/sub/net.data", Self.data)
    try folder.write("model/whole.data", Array(Self.data.dropFirst(4)))
    try folder.write("other/net.data", Self.data)
    try folder.link("model/out", to: "\(folder.path)/other")
    try folder.link("model/out.data", to: "\(folder.path)/other/net.data")
    try folder.link("model/in.data", to: "net.data")
    return folder
  }

  @Test func whatLiesBelowTheFolderIsRead() throws {
    let folder = try prepared()
    let good: [[(String, String)]] = [
      Self.at("net.data"), Self.at("./net.data"), Self.at("sub/net.data"),
      [("location", "whole.data")],
      [("location", "whole.data"), ("offset", "0"), ("length", "24"), ("checksum", "abc")],
      [("location", "net.data"), ("offset", "4")],
    ]
    for entries in good {
      #expect(try open(folder, entries) == nil, "\(entries)")
    }
    let elsewhere = try open(
      folder, Self.at("net.data"), externalDataFolder: "\(folder.path)/other")
    #expect(elsewhere == nil)
  }

  @Test func everythingElseIsOneLine() throws {
    let folder = try prepared()
    let bad: [([(String, String)], String)] = [
      (
        Self.at("none.data"),
        "weights file none.data is missing beside it; copy it there or give "
          + "--external-data-dir"
      ),
      (Self.at("sub/none.data"), "is missing beside it"),
      (Self.at("../other/net.data"), "not below the model's folder"),
      (Self.at("sub/../net.data"), "not below the model's folder"),
      (Self.at("\(folder.path)/other/net.data"), "not below the model's folder"),
      (Self.at("/etc/passwd"), "not below the model's folder"),
      (Self.at(""), "not below the model's folder"), (Self.at("sub//net.data"), "not below"),
      (Self.at("net.data\0.txt"), "not below"), (Self.at("."), "not below"),
      (Self.at("out/net.data"), "through a link"), (Self.at("out.data"), "through a link"),
      (Self.at("in.data"), "through a link"), (Self.at("sub"), "not a regular file"),
      ([("location", "net.data"), ("offset", "5")], "28 bytes"),
      ([("location", "net.data"), ("offset", "9223372036854775807")], "28 bytes"),
      ([("location", "net.data"), ("offset", "-4")], "external data offset -4"),
      ([("location", "net.data"), ("offset", "1e1")], "external data offset"),
      ([("location", "net.data"), ("length", "-24")], "external data length"),
      ([("location", "net.data"), ("length", "20")], "20 bytes where 24"),
      ([("location", "net.data"), ("length", "99999999999999999999")], "external data length"),
      ([("location", "net.data"), ("basepath", "/")], "key basepath"),
      ([("location", "net.data"), ("location", "net.data")], "key location"),
      ([("offset", "4")], "without a location"), ([], "without a location"),
    ]
    for (entries, part) in bad {
      let error = try open(folder, entries)
      #expect(error?.description.contains(part) ?? false, "\(error?.description ?? "\(entries)")")
      #expect(error?.exitCode == 65)
    }
    let missing = try open(
      folder, Self.at("whole.data"), externalDataFolder: "\(folder.path)/other")
    #expect(missing?.description.contains("is missing in \(folder.path)/other") ?? false)
    let nowhere = try open(folder, Self.at("net.data"), externalDataFolder: "/nowhere")
    #expect(nowhere?.description.contains("/nowhere cannot be opened") ?? false)
  }

  @Test func aDownloadCacheMayLinkIntoItsBlobs() throws {
    let folder = try TemporaryFolder()
    try folder.folder("cache/blobs")
    try folder.folder("cache/snapshots/1/onnx")
    try folder.folder("elsewhere")
    try folder.write("cache/blobs/aaa", Self.model(Self.at("net.data")))
    try folder.write("cache/blobs/bbb", Self.data)
    try folder.write("elsewhere/ccc", Self.data)
    let snapshot = "cache/snapshots/1/onnx"
    try folder.link("\(snapshot)/net.onnx", to: "../../../blobs/aaa")
    try folder.link("\(snapshot)/net.data", to: "../../../blobs/bbb")
    #expect(try open(folder, [], model: "\(snapshot)/net.onnx") == nil)

    // The weights point out of the blobs.
    try folder.folder("cache/snapshots/2")
    try folder.link("cache/snapshots/2/net.onnx", to: "../../blobs/aaa")
    try folder.link("cache/snapshots/2/net.data", to: "../../../elsewhere/ccc")
    let outside = try open(folder, [], model: "cache/snapshots/2/net.onnx")
    #expect(outside?.description.contains("through a link") ?? false)

    // The model is no link.
    try folder.folder("cache/snapshots/3")
    try folder.write("cache/snapshots/3/net.onnx", Self.model(Self.at("net.data")))
    try folder.link("cache/snapshots/3/net.data", to: "../../blobs/bbb")
    let plain = try open(folder, [], model: "cache/snapshots/3/net.onnx")
    #expect(plain?.description.contains("through a link") ?? false)
  }
}
