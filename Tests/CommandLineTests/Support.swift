import Foundation
import Testing

/// What a command line did.
struct Run {
  let code: Int32
  let output: String
  let errors: String
  let seconds: Double

  /// The lines of the standard output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }
  /// The lines of the standard error.
  var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
}

/// The executable that was built beside the tests, run as a child process.
enum Program {
  /// `salient`, beside the test bundle.
  static let path: String = {
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appendingPathComponent("salient").path
  }()

  /// The networks that the tests explain.
  static let networks = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/networks").path

  /// A small network with ten classes and no labels.
  static let model = "\(networks)/resnet-basic-legacy.onnx"

  /// Five preprocessed pictures, `[5, 3, 32, 32]`.
  static let pictures = "\(networks)/pictures.input.npy"

  /// Runs a command line to its end.
  static func run(
    _ words: [String], in folder: String = "/", setting changes: [String: String] = [:],
    input: String? = nil
  ) throws -> Run {
    let process = try start(words, in: folder, setting: changes, input: input)
    return try process.wait()
  }

  /// Starts a command line.
  static func start(
    _ words: [String], in folder: String, setting changes: [String: String] = [:],
    input: String? = nil, program: String = path
  ) throws -> RunningProgram {
    try RunningProgram(program, words, in: folder, setting: changes, input: input)
  }
}

/// A program that runs.
final class RunningProgram {
  let process = Process()
  private let start = Date()
  private let folder: TemporaryFolder
  private let output: URL
  private let errors: URL

  init(
    _ program: String, _ words: [String], in directory: String, setting changes: [String: String],
    input: String?
  ) throws {
    folder = try TemporaryFolder()
    output = URL(fileURLWithPath: folder.file("stdout"))
    errors = URL(fileURLWithPath: folder.file("stderr"))
    for file in [output, errors] { try Data().write(to: file) }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = words
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_BACKTRACE"] = "enable=no"
    environment.merge(changes) { $1 }
    process.environment = environment
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    let source = folder.file("stdin")
    try Data((input ?? "").utf8).write(to: URL(fileURLWithPath: source))
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: source))
    try process.run()
  }

  /// What it has printed so far.
  var printed: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

  /// What it has complained of so far, and what else it says beside its results.
  var complained: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

  /// Waits for its end; one that takes longer than four minutes is killed.
  func wait() throws -> Run {
    let end = Date().addingTimeInterval(240)
    while process.isRunning, Date() < end { usleep(2000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    let code = process.terminationStatus + (process.terminationReason == .exit ? 0 : 128)
    return Run(
      code: code, output: printed, errors: complained,
      seconds: Date().timeIntervalSince(start))
  }
}

/// A folder that is removed with the value.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "salient-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, and the folders above it.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let url = URL(fileURLWithPath: file(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Reads a file.
  func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: file(name))))
  }

  /// The names of all files, sorted.
  func files(below name: String = "") throws -> [String] {
    let root = name.isEmpty ? path : file(name)
    return try FileManager.default.subpathsOfDirectory(atPath: root)
      .filter { !isFolder("\(root)/\($0)") }.sorted()
  }

  /// The lines of a JSONL file.
  func records(_ name: String) throws -> [[String: Any]] {
    let text = String(decoding: try bytes(name), as: UTF8.self)
    return try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// A JSON file.
  func document(_ name: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(bytes(name))) as? [String: Any])
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}

/// A `.npy` file as numpy writes it.
func npy(
  _ shape: [Int], type: String = "<f4", fortran: Bool = false, _ values: [Float]
) -> [UInt8] {
  var extents = shape.map(String.init).joined(separator: ", ")
  if shape.count == 1 { extents += "," }
  var text =
    "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (\(extents)), }"
  while (10 + text.utf8.count + 1) % 64 != 0 { text += " " }
  text += "\n"
  var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
  bytes += [UInt8(text.utf8.count & 0xff), UInt8(text.utf8.count >> 8)] + Array(text.utf8)
  for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
  return bytes
}

/// A picture of some pattern, `[3, 32, 32]`.
func picture(_ seed: Int = 0) -> [Float] {
  (0..<3 * 32 * 32).map { Float(($0 * 7 + seed * 131) % 97) / 48 - 1 }
}

/// A file system of its own with little room, in memory, until the value goes.
final class SmallDisk {
  private let path: String

  init?(at path: String, kilobytes: Int) {
    self.path = path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("salient-tests", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else { return nil }
  }

  deinit { umount2(path, Int32(2)) }

  /// Makes room.
  func grow(toKilobytes kilobytes: Int) -> Bool {
    mount("salient-tests", path, "tmpfs", UInt(MS_REMOUNT), "size=\(kilobytes)k") == 0
  }

  /// Whether this process may mount one.
  static let isPossible: Bool = {
    guard let folder = try? TemporaryFolder() else { return false }
    return SmallDisk(at: folder.file("disk"), kilobytes: 4) != nil
  }()
}
