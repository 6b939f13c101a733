import Evaluation
import Imaging
import Tensors

/// A folder of finished maps: of an earlier run of `explain`, or `<input>.npy` of any tool.
public struct FinishedMaps: Sendable {
  /// The kinds of maps in it, in the order in which they first occur.
  public let kinds: [MapKind]
  /// The folder, as the user wrote it.
  public let folder: String

  private struct Entry: Sendable {
    let path: String
    /// The class that the map explains; nil where nobody says.
    let index: Int?
    let isOfAny: Bool
  }

  private var entries: [MapKind: [String: [Entry]]] = [:]

  /// Finds the maps of inputs in a folder.
  /// - Throws: `Failure` where it is not there, or holds a map of none of them.
  public init(_ folder: String, of inputs: [Input]) throws(Failure) {
    self.folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    guard Files.kind(of: folder) == .folder else {
      throw Failure(
        .missing, "--maps \(folder)",
        Files.kind(of: folder) == nil ? "no such folder" : "no folder",
        try: "name the -o of an explain run, or a folder of INPUT.npy")
    }
    if Files.kind(of: "\(self.folder)/results.jsonl") == .file {
      var kinds: [MapKind] = []
      for line in try OutputFolder(self.folder, mode: .resume).recordLines() {
        guard let record = JSONValue(parsing: line), let key = MapKey(record),
          let image = record["image"]?.string, let path = record["map"]?.string,
          !path.split(separator: "/").contains("..")
        else { continue }
        let kind = MapKind(method: key.method, layer: key.layer)
        if entries[kind] == nil { kinds.append(kind) }
        entries[kind, default: [:]][image, default: []].append(
          Entry(
            path: "\(self.folder)/\(path)", index: record["target"]?["index"]?.integer,
            isOfAny: false))
      }
      self.kinds = kinds
    } else {
      let name = self.folder.split(separator: "/").last.map(String.init) ?? self.folder
      let kind = MapKind(method: name, layer: "")
      for input in inputs {
        for path in Self.paths(of: input, in: self.folder) where Files.kind(of: path) == .file {
          entries[kind, default: [:]][input.name] = [Entry(path: path, index: nil, isOfAny: true)]
          break
        }
      }
      kinds = entries[kind] == nil ? [] : [kind]
    }
    guard inputs.contains(where: { input in entries.values.contains { $0[input.name] != nil } })
    else {
      let example = inputs.first.map { Self.paths(of: $0, in: self.folder)[0] } ?? "INPUT.npy"
      throw Failure(
        .missing, "--maps \(folder)", "holds a map of no input",
        try: "the map of the first would be \(example)")
    }
  }

  /// Where the map of an input may lie: its name with or without its extension, or its last part.
  private static func paths(of input: Input, in folder: String) -> [String] {
    let last = input.name.split(separator: "/").last.map(String.init) ?? input.name
    var names: [String] = []
    for name in [input.name, last] {
      for text in [name, AnnotationFolder.stem(name)] where !names.contains(text) {
        names.append(text)
      }
    }
    return names.map { "\(folder)/\($0).npy" }
  }

  /// The map of an input for a class.
  /// - Throws: `Failure` where there is none, or it cannot be read.
  func map(
    _ kind: MapKind, of input: Input, classIndex: Int?
  ) throws(Failure) -> FinishedMap {
    let found = entries[kind]?[input.name] ?? []
    guard !found.isEmpty else {
      throw Failure(
        .missing, input.source, "\(folder) holds no map of it",
        try: "it would be \(Self.paths(of: input, in: folder)[0])")
    }
    guard let entry = found.first(where: { $0.isOfAny || $0.index == classIndex }) else {
      throw Failure(
        .missing, input.source,
        "\(folder) holds no map of its class \(classIndex.map(String.init) ?? "")",
        try: "explain it with --target truth, or choose other metrics")
    }
    return try FinishedMap(entry.path)
  }
}

/// A finished map of any resolution.
struct FinishedMap: Sendable {
  /// `[1, 1, h, w]`, finite.
  let tensor: HostTensor<Float>

  /// Reads a `.npy` file `[h, w]`, `[1, h, w]`, `[3, h, w]` or with one more axis of 1 in front.
  ///
  /// Magnitudes are summed over three channels.
  /// - Throws: `Failure` where it is not there, is no such map, or is not finite.
  init(_ path: String) throws(Failure) {
    let array = try NPYArray(path)
    var extents = array.shape.extents
    while extents.count > 3, extents.first == 1 { extents.removeFirst() }
    guard (2...3).contains(extents.count), !extents.contains(0),
      extents.count == 2 || extents[0] == 1 || extents[0] == 3
    else {
      throw Failure(
        .content, path, "is \(array.shape)", try: "a map is [H,W], or [3,H,W] with colours")
    }
    let (height, width) = (extents[extents.count - 2], extents[extents.count - 1])
    guard height * width <= 1 << 28 else {
      throw Failure(.content, path, "a map of \(width)x\(height)", try: "make it smaller")
    }
    let values = try array.values()
    guard values.allSatisfy(\.isFinite) else {
      throw Failure(.content, path, "holds NaN or infinity", try: "a map must be finite")
    }
    let size = height * width
    var plane = values
    if extents.count == 3, extents[0] == 3 {
      plane = (0..<size).map {
        abs(values[$0]) + abs(values[size + $0]) + abs(values[2 * size + $0])
      }
    }
    tensor = HostTensor([1, 1, height, width], plane)
  }

  /// The map over what the network sees of a picture.
  ///
  /// A map as large as the picture covers all of it and is cut; any other covers what the network
  /// sees.
  func overRegion(of facts: ImageFacts) throws(Failure) -> HostTensor<Float> {
    let (height, width) = (tensor.shape[2], tensor.shape[3])
    let whole = Region(
      x: 0, y: 0, width: Double(facts.width), height: Double(facts.height))
    guard (width, height) == (facts.width, facts.height), facts.region != whole else {
      return tensor
    }
    let (rows, columns) = (
      Int(facts.region.height.rounded()), Int(facts.region.width.rounded())
    )
    guard rows > 0, columns > 0, rows * columns <= 1 << 28 else { return tensor }
    let part = MapSampling.resized(tensor, facts.region, height: rows, width: columns)
    return HostTensor([1, 1, rows, columns], part)
  }
}
