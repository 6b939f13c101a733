/// One image to explain, before it is read.
public struct Input: Sendable, Hashable {
  /// The file that an image comes from.
  public enum File: Sendable, Hashable {
    /// Preprocessed images, used as they are.
    case array(NPYFile)
    /// A picture to decode and preprocess.
    case picture(PictureSource)
  }

  /// Its name in outputs and records; depends on no other input.
  public let name: String
  /// The file it comes from, as the user wrote it or as found in a folder.
  public let source: String
  /// Its place in the file; nil where the file is one image.
  public let row: Int?
  /// The file, or why it cannot be used.
  public let file: Result<File, Failure>
  /// Its true class.
  public var truth = TrueClass.unstated

  init(name: String, source: String, row: Int? = nil, file: Result<File, Failure>) {
    self.name = name
    self.source = source
    self.row = row
    self.file = file
  }

  /// Whether the file could be opened.
  public var isUsable: Bool {
    guard case .success = file else { return false }
    return true
  }

  /// The picture, where the file is one.
  public var picture: PictureSource? {
    guard case .success(.picture(let picture)) = file else { return nil }
    return picture
  }

  /// The shard that the input belongs to; added inputs move nothing.
  public func shard(of count: Int) -> Int {
    Int(FNV1a.spread(name) % UInt64(max(1, count)))
  }
}

/// All images of a run, in order, and the files that were passed over.
public struct InputList: Sendable, Hashable {
  /// The images, also those that cannot be read.
  public internal(set) var inputs: [Input] = []
  /// The number of files passed over in folders, by extension (`.webp`, empty for none).
  public internal(set) var passedOver: [String: Int] = [:]
  /// Folders that hold the outputs of a run and were passed over.
  public internal(set) var outputFolders: [String] = []
  /// The `annotations.json` of each data set among the inputs.
  public internal(set) var dataSets: [String] = []

  /// `passed over 214 files (200 .webp, 14 .txt)`, or nil where there were none.
  public var passedOverLine: String? { Self.passedOverLine(passedOver) }

  /// `200 .webp, 14 .txt`, the most frequent first.
  public var passedOverKinds: String { Self.kinds(passedOver) }

  /// The line of so many files by extension; nil where there are none.
  public static func passedOverLine(_ counts: [String: Int]) -> String? {
    let total = counts.values.reduce(0, +)
    return total > 0 ? "passed over \(Quantity.count(total, "file")) (\(kinds(counts)))" : nil
  }

  private static func kinds(_ counts: [String: Int]) -> String {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\(Quantity.grouped($0.value)) \($0.key.isEmpty ? "without extension" : $0.key)" }
      .joined(separator: ", ")
  }
}
