#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Opens the weight files beside an ONNX model, and nothing outside its folder.
///
/// A location is relative and stays below the folder: it is walked name by name, no name may be
/// `..`, and no name may be a symbolic link, so nothing can be swapped under us either. One
/// exception: download caches store a model and its weights as links into one folder `blobs`. Where
/// the user's own model path is such a link, a weight file may be a link into that same folder.
struct ExternalData {
  private let model: String
  private let folder: String
  private let isFolderGiven: Bool
  private var files: [String: MappedFile] = [:]

  /// How many weight files one model may have.
  private static let fileLimit = 4096

  /// The weight files of a model; beside it unless a folder is given.
  init(model: String, folder: String?) {
    self.model = model
    self.isFolderGiven = folder != nil
    self.folder = folder ?? Self.parent(of: model)
  }

  /// The bytes that the key-value pairs of a tensor name.
  /// - Parameters:
  ///   - entries: `location`, and optionally `offset`, `length` and `checksum`.
  ///   - count: how many bytes the tensor needs.
  ///   - tensor: its name, for errors.
  /// - Returns: exactly so many bytes.
  /// - Throws: `ModelError.externalData` or `.malformed`.
  mutating func bytes(
    _ entries: [(key: String, value: String)], count: Int, tensor: String
  ) throws(ModelError) -> ByteSlice {
    var known: [String: String] = [:]
    for (key, value) in entries {
      guard ["location", "offset", "length", "checksum"].contains(key), known[key] == nil else {
        throw malformed(tensor, "external data key \(ModelError.short(key)) unknown or repeated")
      }
      known[key] = value
    }
    guard let location = known["location"] else {
      throw malformed(tensor, "external data without a location")
    }
    let offset = try number(known["offset"], tensor, "offset") ?? 0
    let length = try number(known["length"], tensor, "length") ?? count
    guard length == count else {
      throw malformed(tensor, "external data of \(length) bytes where \(count) are needed")
    }
    let file = try file(at: location)
    guard let slice = file.slice.part(offset: offset, count: length) else {
      throw .externalData(
        file: model,
        problem: "weights file \(ModelError.short(location)) has \(file.count) bytes, tensor "
          + "\(ModelError.short(tensor)) asks for \(length) at \(offset)",
        remedy: "copy the whole file again or export again")
    }
    return slice
  }

  private func number(
    _ text: String?, _ tensor: String, _ key: String
  ) throws(ModelError) -> Int? {
    guard let text else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw malformed(tensor, "external data \(key) \(ModelError.short(text))")
    }
    return number
  }

  private mutating func file(at location: String) throws(ModelError) -> MappedFile {
    if let file = files[location] { return file }
    guard files.count < Self.fileLimit else {
      throw .externalData(
        file: model, problem: "more than \(Self.fileLimit) weight files",
        remedy: "export the weights into one file")
    }
    let names = location.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      .filter { $0 != "." }
    guard !location.utf8.contains(0), !names.isEmpty,
      names.allSatisfy({ !$0.isEmpty && $0 != ".." })
    else {
      throw .externalData(
        file: model,
        problem: "weights file \(ModelError.short(location)) is not below the model's folder",
        remedy: "export again with a relative location, without ..")
    }
    let file = try openBeneath(names, location)
    files[location] = file
    return file
  }

  /// Walks down from the folder, refusing links.
  private func openBeneath(
    _ names: [String], _ location: String
  ) throws(ModelError) -> MappedFile {
    var current = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard current >= 0 else {
      throw .externalData(
        file: model, problem: "folder \(folder) cannot be opened (\(MappedFile.text(errno)))",
        remedy: "check --external-data-dir")
    }
    for (index, name) in names.enumerated() {
      let isLast = index == names.count - 1
      let flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (isLast ? O_NONBLOCK : O_DIRECTORY)
      let next = openat(current, name, flags)
      let code = errno
      close(current)
      guard next >= 0 else {
        if let file = try openLinkedBlob(names) { return file }
        throw refusal(location, code)
      }
      current = next
    }
    do throws(ModelError) {
      return try MappedFile(descriptor: current, path: "\(folder)/\(location)")
    } catch {
      throw .externalData(
        file: model, problem: "weights file \(ModelError.short(location)) is not a regular file",
        remedy: "copy the weights there")
    }
  }

  /// The target of a weight file that is a link, where model and weights are links into one
  /// folder `blobs`; nil where that rule does not apply.
  private func openLinkedBlob(_ names: [String]) throws(ModelError) -> MappedFile? {
    guard !isFolderGiven, Self.isLink(model), let modelTarget = Self.realPath(model),
      let target = Self.realPath(([folder] + names).joined(separator: "/"))
    else { return nil }
    let blobs = Self.parent(of: modelTarget)
    guard Self.name(of: blobs) == "blobs", Self.parent(of: target) == blobs else { return nil }
    let descriptor = open(target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    return try MappedFile(descriptor: descriptor, path: target)
  }

  private func refusal(_ location: String, _ code: Int32) -> ModelError {
    let name = ModelError.short(location)
    switch code {
    case ENOENT:
      return .externalData(
        file: model,
        problem: isFolderGiven
          ? "weights file \(name) is missing in \(folder)"
          : "weights file \(name) is missing beside it",
        remedy: "copy it there or give --external-data-dir")
    case ELOOP, ENOTDIR:
      return .externalData(
        file: model, problem: "weights file \(name) is reached through a link",
        remedy: "copy it beside the model or give --external-data-dir")
    default:
      return .externalData(
        file: model, problem: "weights file \(name) cannot be opened (\(MappedFile.text(code)))",
        remedy: "check its permissions")
    }
  }

  private func malformed(_ tensor: String, _ problem: String) -> ModelError {
    .malformed(file: model, place: "tensor \(ModelError.short(tensor))", problem: problem)
  }

  // MARK: - Paths

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func name(of path: String) -> Substring {
    path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? Substring(path)
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
