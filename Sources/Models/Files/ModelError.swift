/// What can be wrong with a model file, each in one line: where, what, and what to try.
public enum ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such file.
  case missing(path: String)
  /// The file is there and cannot be read: permissions, a folder, a device; and why.
  case unreadable(path: String, reason: String)
  /// The bytes contradict the format.
  case malformed(file: String, place: String, problem: String)
  /// A node uses an operator that cannot be computed; the reason where only a form of it cannot.
  case unsupportedOperator(
    file: String, node: String, operatorName: String, opset: Int, reason: String?)
  /// The file is sound and asks for something else that is not supported, and what to try.
  case unsupported(file: String, problem: String, remedy: String)
  /// Weights beside the model cannot be used, and what to try.
  case externalData(file: String, problem: String, remedy: String)
  /// The content is no known model format.
  case unknownFormat(path: String)
  /// The content is a known format that holds no network to read, and what to try.
  case otherFormat(path: String, format: String, remedy: String)
  /// No tensor and no module has this name; the nearest names.
  case unknownLayer(name: String, nearest: [String])
  /// The network has no place where a map makes sense, and why.
  case noLayer(reason: String)

  /// The exit code of the command line: 64 for a wrong name, 66 for a missing file, else 65.
  public var exitCode: Int32 {
    switch self {
    case .missing, .unreadable: 66
    case .unknownLayer: 64
    default: 65
    }
  }

  /// `WHERE: WHAT; TRY`, one line without control characters.
  public var description: String { Self.oneLine(text) }

  private var text: String {
    switch self {
    case .missing(let path):
      "\(path): no such file; "
        + (BuiltInModel.nearest(to: path).map { "did you mean \($0)?" } ?? "check the path")
    case .unreadable(let path, let reason):
      "\(path): \(reason); give a regular file that can be read"
    case .malformed(let file, let place, let problem):
      "\(file): \(place): \(problem); the file is damaged, copy or export it again"
    case .unsupportedOperator(let file, let node, let name, let opset, let reason):
      "\(file): node \(Self.short(node)) (\(Self.short(name)), opset \(opset)) is not supported"
        + (reason.map { ": \($0)" } ?? "")
        + (reason == nil ? "; salient layers --help lists the operators that are" : "")
    case .unsupported(let file, let problem, let remedy),
      .externalData(let file, let problem, let remedy):
      "\(file): \(problem); \(remedy)"
    case .unknownFormat(let path):
      "\(path): not ONNX, safetensors or PyTorch; "
        + "export with torch.onnx.export(model, x, \"net.onnx\")"
    case .otherFormat(let path, let format, let remedy):
      "\(path): \(format); \(remedy)"
    case .unknownLayer(let name, let nearest):
      "--layer \(Self.short(name)): no such tensor or module; "
        + (name.contains(",")
          ? "give --layer once for each"
          : nearest.isEmpty
            ? "salient layers lists them"
            : "nearest: \(nearest.map(Self.short).joined(separator: ", "))")
    case .noLayer(let reason):
      "\(reason); only convolutional networks can be explained"
    }
  }

  /// A name from a file, cut to a length that fits on a line.
  static func short(_ name: String) -> String {
    name.count <= 120 ? name : name.prefix(117) + "..."
  }

  /// The text with everything that could break or hide a line replaced.
  static func oneLine(_ text: String) -> String {
    let isHarmful = { (scalar: Unicode.Scalar) in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: true
      default: false
      }
    }
    guard text.unicodeScalars.contains(where: isHarmful) else { return text }
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { clean.append(isHarmful(scalar) ? "?" : scalar) }
    return String(clean)
  }
}
