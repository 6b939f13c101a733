/// The folder of a run: what an earlier run left there, and where the files of this one go.
public struct OutputFolder: Sendable {
  /// What to do where an earlier run has left records.
  public enum Mode: Sendable {
    /// Refuse.
    case fresh
    /// Go on with it.
    case resume
    /// Delete that run's files, and only those.
    case overwrite
  }

  /// The path, as the user wrote it.
  public let path: String
  /// What to do with an earlier run.
  public let mode: Mode

  /// The file of the records.
  public let records: String
  /// The file that a run goes on from, beside its records; nil where these are all it needs.
  public let checkpoint: String?
  /// The flags whose values may change when a run goes on: they decide no bit of what it makes.
  public let harmlessFlags: Set<String>

  /// A folder; nothing is touched.
  public init(
    _ path: String, mode: Mode, records: String = "results.jsonl", checkpoint: String? = nil,
    harmlessFlags: Set<String> = ["memory", "threads", "batch-size", "model"]
  ) {
    self.records = records
    self.checkpoint = checkpoint
    self.harmlessFlags = harmlessFlags
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    self.mode = mode
  }

  var resultsPath: String { "\(path)/\(records)" }
  /// Where the record of the run is.
  public var runPath: String { "\(path)/run.json" }

  /// The bytes that the disk of the folder has left; nil where that is not known.
  public var freeByteCount: Int? { Files.freeByteCount(at: path) }

  /// The bytes of some files of the run together, those that are not there left out.
  package func byteCount(of files: [String]) -> Int {
    files.reduce(0) { $0 + ((try? OpenFile(reading: file($1)).byteCount()) ?? 0) }
  }

  /// The path of a file of the run, given relative to the folder.
  public func file(_ relative: String) -> String { "\(path)/\(relative)" }

  /// Refuses a folder that holds an earlier run, where nobody says what to do with it, or the files
  /// of somebody else.
  /// - Throws: `Failure` naming `--resume`, `--overwrite` and a free name.
  public func checkFree() throws(Failure) {
    switch Files.kind(of: path) {
    case nil: return
    case .folder: break
    default:
      throw Failure(.inputOutput, path, "is not a folder", try: "choose another one with -o")
    }
    try checkOwner(of: ["run.json", records])
    try checkVerb()
    guard mode == .fresh, try holdsWork() else { return }
    throw Failure(
      .usage, "-o \(path)", "holds the records of an earlier run",
      try: "go on with --resume, start over with --overwrite, or write to -o \(freeName)")
  }

  /// Refuses the folder of a run that keeps other records.
  private func checkVerb() throws(Failure) {
    let others = ["results.jsonl", "evaluation.jsonl", "training.jsonl"].filter { $0 != records }
    guard EarlierRun(self).status != nil, !Files.isThere(resultsPath),
      let other = others.first(where: { Files.isThere(file($0)) })
    else { return }
    throw Failure(
      .usage, "-o \(path)", "holds \(other) of another kind of run", try: "write to -o \(freeName)")
  }

  /// Checks the rules for a folder that holds an earlier run; touches nothing.
  /// - Throws: `Failure` naming what to do instead, or what has changed since.
  public func check(against record: RunRecord) throws(Failure) {
    try checkFree()
    guard mode == .resume, try holdsWork() else { return }
    try checkUnchanged(record)
  }

  /// A name like that of the folder that is not there yet, `salient-out-2`.
  public var freeName: String {
    var number = 2
    while Files.kind(of: "\(path)-\(number)") != nil { number += 1 }
    return "\(path)-\(number)"
  }

  /// Whether an earlier run has left anything that would have to be done again.
  private func holdsWork() throws(Failure) -> Bool {
    if let checkpoint, Files.isThere(file(checkpoint)) { return true }
    var isThere = false
    try forEachLine { line, _ in
      guard let record = JSONValue(parsing: line) else { return true }
      isThere =
        (record["image"] != nil || record["epoch"] != nil) && record["error"] == nil
        && record["failed"] != .bool(true)
      return !isThere
    }
    return isThere
  }

  /// The lines of the records; none where it is not there.
  public func recordLines() throws(Failure) -> [ArraySlice<UInt8>] {
    Files.kind(of: resultsPath) == .file ? try lines() : []
  }

  /// The lines of the records; what is behind the last line break was cut off and is left out.
  func lines() throws(Failure) -> [ArraySlice<UInt8>] {
    let bytes = try Files.contents(of: resultsPath, limit: 1 << 36)
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    return bytes[..<end].split(separator: UInt8(ascii: "\n"))
  }

  private func checkUnchanged(_ record: RunRecord) throws(Failure) {
    guard let bytes = try? Files.contents(of: runPath, limit: 1 << 26),
      let before = JSONValue(parsing: bytes)
    else {
      throw Failure(
        .usage, "--resume", "\(runPath) is missing or damaged",
        try: "start over with --overwrite, or write to -o \(freeName)")
    }
    let now = record.json
    let parts: [(String, [String])] = [
      ("the version", ["version"]), ("the device", ["device"]), ("the driver", ["driver"]),
      ("the precision", ["precision"]), ("the model's content", ["model", "sha256"]),
      ("the kernels", ["kernels", "fnv1a64"]),
    ]
    for (name, keys) in parts {
      let (old, new) = (before.value(at: keys), now.value(at: keys))
      guard old != new else { continue }
      throw changed(name, from: old, to: new)
    }
    for flag in bindingFlags(of: record) {
      let old = before["flags"]?[flag.key] ?? .null
      guard old == JSONValue(parsing: flag.value.description.utf8) else {
        throw changed("--\(Self.shownFlags[flag.key] ?? flag.key)", from: old, to: flag.value)
      }
    }
  }

  /// The flags that a run must not change on its way.
  package func bindingFlags(of record: RunRecord) -> [JSONValue.Member] {
    record.flags.filter { !harmlessFlags.contains($0.key) }
  }

  /// What the user calls a flag that records call otherwise.
  private static let shownFlags = ["metric-set": "set", "own-target": "target"]

  private func changed(_ name: String, from old: JSONValue?, to new: JSONValue?) -> Failure {
    let (before, after) = ((old ?? .null).words, (new ?? .null).words)
    return Failure(
      .usage, "--resume", "\(name) was \(before) and is \(after)",
      try: "repeat the same command, or write to -o \(freeName)")
  }
}

extension JSONValue {
  /// The value as a user would say it.
  fileprivate var words: String {
    switch self {
    case .null: "not given"
    case .bool(let isOn): isOn ? "on" : "off"
    case .string(let text): text.isEmpty ? "empty" : text
    case .array(let elements):
      elements.isEmpty ? "not given" : elements.map(\.words).joined(separator: ", ")
    case .object(let members):
      members.map { "\($0.key) \($0.value.words)" }.joined(separator: ", ")
    case .integer, .literal: description
    }
  }

  /// The value at the end of a path of keys.
  func value(at keys: [String]) -> JSONValue? {
    keys.reduce(Optional(self)) { $0?[$1] }
  }
}
