import Execution
import Jobs
import Saliency
import Salient

/// The flags of `explain` with the values in force: given, from an earlier run, or by default.
struct ExplainChoices {
  let words: [String]
  let model: String
  let externalDataFolder: String?
  let size: String?
  let labels: String?
  let methods: [MethodRequest]
  let methodTexts: [String]
  let settings: [String]
  let targets: [String]
  let layers: [String]
  let scores: ScoreFunction?
  let device: String
  let memory: String?
  let kernels: String?
  let threads: Int?
  let precision: Precision
  let batchSize: Int
  let keeps: Keeps
  let folder: OutputFolder
  let seed: UInt64
  let shard: Shard?

  /// One part of the inputs.
  struct Shard {
    let index: Int
    let count: Int
  }

  init(_ flags: Explain) throws(Failure) {
    let earlier = try EarlierRun(flags.earlier)
    guard !flags.inputs.isEmpty else {
      throw Failure(
        .usage, "explain", "no INPUT", try: "salient explain input.npy --model net.onnx")
    }
    words = flags.inputs
    guard let model = flags.model.model ?? earlier.text("model") else {
      throw Failure(
        .usage, "--model", "is missing", try: "salient explain \(words[0]) --model net.onnx")
    }
    self.model = model
    externalDataFolder = flags.model.externalDataFolder ?? earlier.text("external-data-dir")
    size = flags.model.size ?? earlier.text("size")
    labels = try Self.labels(flags.labels ?? earlier.text("labels"))
    methodTexts = earlier.texts("method", unless: flags.method, default: ["group-cam"])
    settings = earlier.texts("set", unless: flags.settings, default: [])
    methods = try MethodCatalogue().requests(methodTexts, set: settings)
    targets = earlier.texts("target", unless: flags.target, default: ["top1"])
    layers = earlier.texts("layer", unless: flags.layer, default: [])
    scores = try (flags.scores ?? earlier.text("scores")).map { text throws(Failure) in
      try Flags.word(text, "--scores")
    }
    device = flags.device.device ?? earlier.text("device") ?? "auto"
    memory = flags.device.memory ?? earlier.text("memory")
    kernels = flags.device.kernels ?? earlier.text("kernels")
    threads = try (flags.threads ?? earlier.text("threads")).map { text throws(Failure) in
      try Flags.count(text, "--threads")
    }
    precision = try Self.precision(flags.precision ?? earlier.text("precision") ?? "fp32")
    batchSize = try Flags.count(
      flags.batchSize ?? earlier.text("batch-size") ?? "8", "--batch-size")
    keeps = try Self.keeps(earlier.texts("save", unless: flags.save, default: ["map"]))
    seed = try Self.seed(flags.seed ?? earlier.text("seed") ?? "0")
    shard = try (flags.shard ?? earlier.text("shard")).map { text throws(Failure) in
      try Self.shard(text)
    }
    guard !flags.resume || !flags.overwrite else {
      throw Failure(.usage, "--resume --overwrite", "contradict each other", try: "give one")
    }
    folder = OutputFolder(
      flags.output ?? "salient-out",
      mode: flags.resume ? .resume : flags.overwrite ? .overwrite : .fresh)
    guard !folder.path.isEmpty else {
      throw Failure(.usage, "-o", "names no folder", try: "-o salient-out")
    }
  }

  /// Every flag with the value in force, as run.json keeps it.
  var flags: [JSONValue.Member] {
    let texts = { (texts: [String]) in JSONValue.array(texts.map(JSONValue.string)) }
    return [
      .init("model", .string(model)), .init("external-data-dir", .text(externalDataFolder)),
      .init("size", .text(size)), .init("labels", .text(labels)),
      .init("method", texts(methodTexts)), .init("set", texts(settings)),
      .init("target", texts(targets)), .init("layer", texts(layers)),
      .init("scores", .text(scores?.rawValue)), .init("device", .string(device)),
      .init("memory", .text(memory)), .init("kernels", .text(kernels)),
      .init("threads", .text(threads.map(String.init))),
      .init("precision", .string(precision.rawValue)),
      .init("batch-size", .string(String(batchSize))),
      .init("save", texts(keeps.words)), .init("seed", .string(String(seed))),
      .init("shard", .text(shard.map { "\($0.index)/\($0.count)" })),
    ]
  }
}

// MARK: - Values

extension ExplainChoices {
  private static func labels(_ text: String?) throws(Failure) -> String? {
    guard text == "imagenet" else { return text }
    throw Failure(
      .usage, "--labels imagenet", "the embedded names are not part of this version yet",
      try: "give a file with one label a line")
  }

  private static func precision(_ text: String) throws(Failure) -> Precision {
    if let precision = Precision(rawValue: text) { return precision }
    guard ["tf32", "fp16"].contains(text) else {
      throw Failure(
        .usage, "--precision \(text)", "no such precision", try: "there are fp32, tf32, fp16")
    }
    throw Failure(
      .device, "--precision \(text)", "no device has it in this version",
      try: "every device has fp32")
  }

  private static func keeps(_ texts: [String]) throws(Failure) -> Keeps {
    let words = texts.flatMap { $0.split(separator: ",").map(String.init) }
    var keeps = Keeps(map: false, raw: false)
    for word in words {
      switch word {
      case "map": keeps.map = true
      case "raw": keeps.raw = true
      case "none" where words.count == 1: break
      case "none":
        throw Failure(.usage, "--save \(words.joined(separator: ","))", "none stands alone")
      case "overlay", "blend", "sheet", "report":
        throw Failure(
          .usage, "--save \(word)", "not part of this version yet", try: "there are map, raw, none")
      default:
        throw Failure(
          .usage, "--save \(word)", "no such kind",
          try: Spelling.question(word, ["map", "raw", "none"]) ?? "there are map, raw, none")
      }
    }
    guard !words.isEmpty else {
      throw Failure(.usage, "--save", "names nothing", try: "there are map, raw, none")
    }
    return keeps
  }

  private static func seed(_ text: String) throws(Failure) -> UInt64 {
    guard let seed = UInt64(text) else {
      throw Failure(.usage, "--seed \(text)", "is no whole number from 0", try: "write --seed 1")
    }
    return seed
  }

  private static func shard(_ text: String) throws(Failure) -> Shard {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1], count > 0,
      (0..<count).contains(index)
    else {
      throw Failure(
        .usage, "--shard \(text)", "is no part of a whole",
        try: "write I/N with I from 0 to N-1, --shard 0/4")
    }
    return Shard(index: index, count: count)
  }
}

extension Keeps {
  /// The words of `--save`.
  var words: [String] {
    let words = [map ? "map" : nil, raw ? "raw" : nil].compactMap { $0 }
    return words.isEmpty ? ["none"] : words
  }
}

// MARK: - Inputs

extension ExplainChoices {
  /// Finds the images that INPUT stands for.
  func findInputs() async throws(Failure) -> InputList {
    try refuseForgottenFlag()
    return try InputList(
      resolving: InputRequest(words: words, outputFolder: folder.path) { () throws(Failure) in
        guard let bytes = Terminal.readInput() else {
          throw Failure(.inputOutput, "-", "the standard input cannot be read")
        }
        return bytes
      })
  }

  /// The images of this shard, of which at least one can be opened.
  /// - Throws: `Failure` after a line for each that cannot, but the last.
  func usable(_ list: InputList) throws(Failure) -> [Input] {
    guard !list.inputs.isEmpty else { throw nothingFound(list) }
    guard list.inputs.contains(where: \.isUsable) else {
      let failures = list.inputs.compactMap { input -> Failure? in
        guard case .failure(let failure) = input.file else { return nil }
        return failure
      }
      for failure in failures.dropLast() { Terminal.complain(failure.description) }
      guard let last = failures.last else { throw nothingFound(list) }
      throw Failure(.missing, last.place, last.what, try: last.hint)
    }
    guard let shard else { return list.inputs }
    return list.inputs.filter { $0.shard(of: shard.count) == shard.index }
  }

  /// A bare number behind `--target` was meant for it.
  private func refuseForgottenFlag() throws(Failure) {
    for word in words where Int(word) != nil && !InputList.exists(word) {
      throw Failure(
        .usage, word, "no such file", try: "for a second class repeat the flag: --target \(word)")
    }
  }

  private func nothingFound(_ list: InputList) -> Failure {
    let place = words.count == 1 ? words[0] : "INPUT"
    if let folder = list.outputFolders.first, list.passedOver.isEmpty {
      return Failure(
        .missing, place, "\(folder) holds the results of a run, no inputs",
        try: "name the folder with the inputs")
    }
    let hasPictures = [".png", ".jpg", ".jpeg"].contains { list.passedOver[$0] != nil }
    let what = list.passedOver.isEmpty ? "" : " (\(list.passedOverKinds) passed over)"
    return Failure(
      .missing, place, "no .npy below it\(what)",
      try: hasPictures
        ? "pictures come with a later version; save them preprocessed as .npy"
        : "an input is a .npy file of float32 [C,H,W] or [N,C,H,W]")
  }
}

/// The flags of an earlier run, from its run.json.
struct EarlierRun {
  private let flags: JSONValue?

  init(_ path: String?) throws(Failure) {
    guard let path else {
      flags = nil
      return
    }
    let bytes = try InputList.contents(of: path)
    guard let document = JSONValue(parsing: bytes), let flags = document["flags"] else {
      throw Failure(.content, path, "is no run.json", try: "give the run.json of an earlier run")
    }
    self.flags = flags
  }

  /// The value of a flag.
  func text(_ flag: String) -> String? { flags?[flag]?.string }

  /// The values of a flag that may stand several times.
  func texts(_ flag: String, unless given: [String], default words: [String]) -> [String] {
    guard given.isEmpty else { return given }
    let earlier = (flags?[flag]?.array ?? []).compactMap(\.string)
    return earlier.isEmpty ? words : earlier
  }
}
