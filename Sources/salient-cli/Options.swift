import ArgumentParser
import Jobs
import Models
import Saliency
import Salient

/// Which model, and what it leaves open.
struct ModelOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "The network: an ONNX file, or scenes, the bundled one.")
  var model: String?

  @Option(
    name: .customLong("external-data-dir"),
    help: ArgumentHelp("Where weights lie, if not beside it.", valueName: "dir"))
  var externalDataFolder: String?

  @Option(help: "N or HxW, where the model leaves it open (224).")
  var size: String?
}

extension ModelOptions {
  /// The model's path, given with or without `--model`.
  func path(_ file: String?, _ example: String) throws(Failure) -> String {
    guard file == nil || model == nil else {
      throw Failure(.usage, file ?? "", "a model stands twice", try: "give it once")
    }
    guard let path = file ?? model else {
      let verb = example.split(separator: " ").dropFirst().first ?? "salient"
      throw Failure(.usage, String(verb), "no MODEL", try: example)
    }
    return path
  }

  /// The network of a file; what is supported is printed where an operator is not, if asked for.
  func network(_ path: String, listsOperators: Bool = false) throws(Failure) -> Network {
    let size = try self.size.map { text throws(Failure) in try Flags.size(text) }
    do throws(ModelError) {
      return try ModelFile.open(path).network(
        size: size, externalDataFolder: externalDataFolder)
    } catch {
      if case .unsupportedOperator = error, listsOperators {
        let names = OnnxImporter.supportedOperators.joined(separator: ", ")
        Terminal.say("supported ONNX operators: \(names)\n")
      }
      throw Failure(error)
    }
  }
}

/// What to compute on.
struct DeviceOptions: ParsableArguments {
  @Option(help: "auto, an index or part of a name, reference (slow).")
  var device: String?

  @Option(help: "Ceiling of device memory: 4G, 512M (90 % of it).")
  var memory: String?

  @Option(help: "A folder like Kernels/, whole or in part.")
  var kernels: String?
}

extension DeviceOptions {
  /// Opens the device, behind a driver cache that is safe.
  /// - Parameter profiling: whether launches are timed.
  /// - Returns: the device; what is amiss with its caches has been said.
  /// - Throws: `Failure` where there is none of that name.
  func open(profiling: Bool = false) throws(Failure) -> DeviceInUse {
    try Flags.device(device, memory: memory, kernels: kernels, profiling: profiling)
  }
}

/// Reads the values of flags; each error names the flag.
enum Flags {
  static func device(
    _ device: String?, memory: String?, kernels: String?, profiling: Bool = false
  ) throws(Failure) -> DeviceInUse {
    try open(
      DeviceChoice(device ?? "auto"), memory: memory, kernels: kernels, profiling: profiling)
  }

  static func open(
    _ choice: DeviceChoice, memory: String?, kernels: String?, profiling: Bool = false
  ) throws(Failure) -> DeviceInUse {
    let bytes = try memory.map { text throws(Failure) in try self.memory(text) }
    if choice != .reference {
      try Salient.start(cacheFolder: Terminal.cacheFolder(version: Salient.version))
    }
    let opened = try DeviceInUse.open(
      choice, memory: bytes, kernels: kernels,
      cacheFolder: Terminal.cacheRoot(version: Salient.version), profiling: profiling)
    for note in opened.notes { Terminal.complain(note) }
    return opened
  }

  static func memory(_ text: String) throws(Failure) -> Int {
    guard let bytes = Quantity.parseBytes(text), bytes > 0 else {
      throw Failure(.usage, "--memory \(text)", "is no size", try: "write 4G or 512M")
    }
    return bytes
  }

  /// The operators or fused patterns of `--op`; none where it is not given.
  static func operators(_ text: String?) throws(Failure) -> [String] {
    guard let text else { return [] }
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    try Verification.checkOperators(names)
    return names
  }

  /// A whole number from 1.
  static func count(_ text: String, _ flag: String) throws(Failure) -> Int {
    guard let count = Int(text), (1...1_000_000).contains(count) else {
      throw Failure(.usage, "\(flag) \(text)", "is no whole number from 1", try: "write \(flag) 8")
    }
    return count
  }

  /// A number within bounds.
  static func number(
    _ text: String, _ flag: String, in range: ClosedRange<Double>
  ) throws(Failure) -> Double {
    let parsed = Double(text)
    guard let number = parsed, range.contains(number) else {
      throw Failure(
        .usage, "\(flag) \(text)",
        parsed == nil ? "is no number in \(range.plain)" : "is outside \(range.plain)",
        try: "--help says what it is for")
    }
    return number
  }

  /// What to do with an earlier run in the folder; it is not in the way of a dry run, which touches
  /// nothing.
  static func mode(
    resume: Bool, overwrite: Bool, dryRun: Bool
  ) throws(Failure) -> OutputFolder.Mode {
    guard !resume || !overwrite else {
      throw Failure(.usage, "--resume --overwrite", "contradict each other", try: "give one")
    }
    return resume ? .resume : overwrite || dryRun ? .overwrite : .fresh
  }

  /// A seed: a whole number from 0.
  static func seed(_ text: String) throws(Failure) -> UInt64 {
    guard let seed = UInt64(text) else {
      throw Failure(.usage, "--seed \(text)", "is no whole number from 0", try: "write --seed 1")
    }
    return seed
  }

  /// `224` or `224x320`, height before width.
  static func size(_ text: String) throws(Failure) -> (height: Int, width: Int) {
    let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count),
      numbers.allSatisfy({ (1...16_384).contains($0) }), let height = numbers.first,
      let width = numbers.last
    else {
      throw Failure(
        .usage, "--size \(text)", "is no size", try: "write --size 224 or --size 224x320")
    }
    return (height, width)
  }

  /// One of a list of words.
  static func word<Word: RawRepresentable<String> & CaseIterable>(
    _ text: String, _ flag: String, as type: Word.Type = Word.self
  ) throws(Failure) -> Word {
    if let word = Word(rawValue: text) { return word }
    let words = Word.allCases.map(\.rawValue)
    throw Failure(
      .usage, "\(flag) \(text)", "is not one of \(words.joined(separator: ", "))",
      try: Spelling.question(text, words))
  }
}
