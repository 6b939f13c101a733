extension CocoFile {
  /// What is wrong with a file that cannot be read, and which of its objects.
  static func damage(_ error: any Error, in path: String, _ bytes: [UInt8]) -> Failure {
    let foreign = Failure(
      .content, path, "is no list of COCO instances",
      try: "it needs images with id and file_name; annotations and categories for classes")
    switch error as? DecodingError {
    case .dataCorrupted(let context)? where context.codingPath.isEmpty:
      return broken(path, bytes)
    case .keyNotFound(let key, let context)?:
      guard let entry = Self.entry(at: context.codingPath) else { return foreign }
      return Failure(.content, path, "\(entry) has no \(key.stringValue)", try: "mend or remove it")
    case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?,
      .dataCorrupted(let context)?:
      let key = context.codingPath.last { $0.intValue == nil }?.stringValue
      guard let entry = Self.entry(at: context.codingPath), let key else { return foreign }
      let what = context.codingPath.last?.intValue == nil ? "has a damaged \(key)" : "is no object"
      return Failure(.content, path, "\(entry) \(what)", try: "mend or remove it")
    default: return foreign
    }
  }

  /// What is no JSON at all.
  private static func broken(_ path: String, _ bytes: [UInt8]) -> Failure {
    let blank: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
    let isOpened = bytes.first { !blank.contains($0) } == UInt8(ascii: "{")
    let isClosed = bytes.last { !blank.contains($0) } == UInt8(ascii: "}")
    return Failure(
      .content, path,
      isOpened && !isClosed ? "is cut off: it ends inside of JSON" : "is damaged: it is no JSON",
      try: "copy or write it again")
  }

  /// `annotations[3]`, counted from 0; nil where no entry is to blame.
  private static func entry(at path: [any CodingKey]) -> String? {
    guard path.count > 1, let number = path[1].intValue else { return nil }
    return "\(path[0].stringValue)[\(number)]"
  }
}
