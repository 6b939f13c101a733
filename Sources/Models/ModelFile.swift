import Graphs
import Tensors

/// A model file, recognised by what it contains, whatever its name ends in.
public enum ModelFile: Sendable {
  /// An ONNX file: a network.
  case onnx(MappedFile)
  /// A safetensors file: weights without a network.
  case safetensors(SafetensorsFile)

  /// Opens a file, or a model of the binary by its name.
  /// - Throws: `ModelError`, with what to do instead where the content is something else.
  public static func open(_ path: String) throws(ModelError) -> ModelFile {
    if let model = BuiltInModel(rawValue: path) { return try recognise(try model.file()) }
    return try recognise(try MappedFile(path))
  }

  /// Recognises a file that is open.
  /// - Throws: `ModelError`, with what to do instead where the content is something else.
  public static func recognise(_ file: MappedFile) throws(ModelError) -> ModelFile {
    let bytes = file.slice
    if bytes.starts(with: Array("PK".utf8)) { throw zipError(file) }
    if bytes.starts(with: [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]) {
      throw weightsError(file)
    }
    if bytes.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]) {
      throw .otherFormat(
        path: file.path, format: "a Keras or HDF5 file is not read",
        remedy: "export ONNX with model.export(\"net.onnx\", format=\"onnx\")")
    }
    if isSafetensors(bytes) { return .safetensors(try SafetensorsFile(file)) }
    if isOnnx(bytes) { return .onnx(file) }
    throw .unknownFormat(path: file.path)
  }

  /// The network in the file.
  /// - Parameters:
  ///   - size: height and width of the pictures where the file leaves them open.
  ///   - externalDataFolder: where weight files lie that are not beside the model.
  /// - Returns: the network.
  /// - Throws: `ModelError`; weights alone are a network where their architecture is known.
  public func network(
    size: (height: Int, width: Int)? = nil, externalDataFolder: String? = nil
  ) throws(ModelError) -> Network {
    switch self {
    case .onnx(let file):
      return try OnnxImporter.network(file, size: size, externalDataFolder: externalDataFolder)
    case .safetensors(let file):
      let blueprint = try Blueprint(file, size: size)
      return blueprint.network(
        try blueprint.weights(of: file), metadata: file.metadata,
        producer: file.metadata["arch"] == nil ? "" : "salient")
    }
  }

  // MARK: - What a file is

  /// A header length within bounds, then the brace that opens the header.
  private static func isSafetensors(_ bytes: ByteSlice) -> Bool {
    bytes.count > 8 && bytes[8] == UInt8(ascii: "{")
      && bytes.integer(at: 0, as: UInt64.self) <= UInt64(SafetensorsFile.largestHeader)
  }

  /// ONNX has no mark of its own: either the file begins with a small format version, as writers
  /// do, or all of it reads as fields and one of them is a graph.
  private static func isOnnx(_ bytes: ByteSlice) -> Bool {
    if bytes.count >= 2, bytes[0] == 0x08, 1...64 ~= bytes[1] { return true }
    var hasGraph = false
    var reader = ProtobufReader(bytes)
    do throws(ModelError) {
      while let field = try reader.next() {
        if field.number == 7, case .bytes = field.content { hasGraph = true }
        guard field.number <= 100 else { return false }
      }
    } catch {
      return false
    }
    return hasGraph
  }

  private static func zipError(_ file: MappedFile) -> ModelError {
    let names = ZipNames.names(in: file.slice)
    let contains = { (part: String) in names.contains { $0.hasSuffix(part) } }
    if contains("/constants.pkl") || names.contains(where: { $0.contains("/code/") }) {
      return .otherFormat(
        path: file.path, format: "TorchScript program, not weights",
        remedy: "export ONNX, or save model.state_dict()")
    }
    if contains("/data.pkl") || names.contains("data.pkl") { return weightsError(file) }
    if names.contains("config.json"), names.contains("model.weights.h5") {
      return .otherFormat(
        path: file.path, format: "a Keras file is not read",
        remedy: "export ONNX with model.export(\"net.onnx\", format=\"onnx\")")
    }
    return .unknownFormat(path: file.path)
  }

  private static func weightsError(_ file: MappedFile) -> ModelError {
    .otherFormat(
      path: file.path, format: "PyTorch weights are not read",
      remedy: "convert them: weights = torch.load(\"\(file.path)\", weights_only=True); "
        + "safetensors.torch.save_file(weights, \"net.safetensors\")")
  }
}

/// The names in the directory of a zip file, as far as they can be read; nothing is unpacked.
enum ZipNames {
  /// At most so many names are looked at.
  private static let limit = 10_000

  /// The names, or none where there is no directory.
  static func names(in bytes: ByteSlice) -> [String] {
    guard let end = directoryEnd(bytes) else { return [] }
    var offset = Int(bytes.integer(at: end + 16, as: UInt32.self))
    if offset == Int(UInt32.max), let large = largeOffset(bytes, end) { offset = large }
    var names: [String] = []
    while names.count < limit, let entry = bytes.part(offset: offset, count: 46),
      entry.integer(at: 0, as: UInt32.self) == 0x0201_4b50
    {
      let length = Int(entry.integer(at: 28, as: UInt16.self))
      guard let name = bytes.part(offset: offset + 46, count: length) else { break }
      names.append(name.text)
      offset +=
        46 + length + Int(entry.integer(at: 30, as: UInt16.self))
        + Int(entry.integer(at: 32, as: UInt16.self))
    }
    return names
  }

  /// The place of the end record: in the last 64 KiB, behind it only a comment.
  private static func directoryEnd(_ bytes: ByteSlice) -> Int? {
    guard bytes.count >= 22 else { return nil }
    let last = bytes.count - 22
    return stride(from: last, through: max(last - 65_535, 0), by: -1).first {
      bytes.integer(at: $0, as: UInt32.self) == 0x0605_4b50
    }
  }

  /// The place of the directory that the zip64 records state.
  private static func largeOffset(_ bytes: ByteSlice, _ end: Int) -> Int? {
    guard let locator = bytes.part(offset: end - 20, count: 20),
      locator.integer(at: 0, as: UInt32.self) == 0x0706_4b50,
      let place = Int(exactly: locator.integer(at: 8, as: UInt64.self)),
      let record = bytes.part(offset: place, count: 56),
      record.integer(at: 0, as: UInt32.self) == 0x0606_4b50
    else { return nil }
    return Int(exactly: record.integer(at: 48, as: UInt64.self))
  }
}
