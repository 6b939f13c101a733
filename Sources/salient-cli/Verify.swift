import ArgumentParser
import Jobs
import Salient
import Tensors

/// `salient verify`: every kernel against the reference on this device.
struct Verify: Verb {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Every operator and fused step against the reference on this device.")

  static let examples = ["salient verify", "salient verify --op conv2d --keep failed"]

  @Argument(help: "With a model: the input whose values its steps are checked on.")
  var words: [String] = []

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Device") var device: DeviceOptions

  @Option(help: "An operator or fused pattern; commas between several.")
  var op: String?

  @Option(help: "Kernels for cpu, gpu or all devices (default: this device's).")
  var family: String?

  @Option(help: "quick or full (default).")
  var level: String?

  @Option(help: "Write a report: FILE.html or FILE.json.")
  var report: String?

  @Option(help: "Write inputs, expected and found of each failing case to a folder.")
  var keep: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(name: .shortAndLong, help: "Only rows that fail, and the totals.")
  var quiet = false

  var kernels: String? { device.kernels }

  func perform() async throws(Failure) -> Int32 {
    let level = try self.level.map { text throws(Failure) in
      try Flags.word(text, "--level", as: Verification.Level.self)
    }
    let family = try self.family.map { text throws(Failure) in
      try Flags.word(text, "--family", as: Verification.Family.self)
    }
    if let report, !report.hasSuffix(".html"), !report.hasSuffix(".json") {
      throw Failure(.usage, "--report \(report)", "is neither .html nor .json")
    }
    if let report { try WholeFile.checkWritable(report, flag: "--report", as: .file) }
    if let keep { try WholeFile.checkWritable(keep, flag: "--keep", as: .folder) }
    guard model.model == nil, words.isEmpty else {
      return try await verifyModel()
    }
    let operators = try Flags.operators(op)
    let check = try Verification(
      device.open(), operators: operators, family: family, level: level ?? .full)
    let table = VerificationTable(isQuiet: quiet, isSilent: json)
    table.printHead()
    let result = try await check.run(report: table.print) { failed throws(Failure) in
      if let keep { try Self.write(failed, to: keep) }
    }
    return try finish(result)
  }

  /// Prints the totals, writes the report, and says whether everything holds.
  func finish(_ result: VerificationReport) throws(Failure) -> Int32 {
    if let report {
      let text = report.hasSuffix(".json") ? result.json.indented(depth: 3) : result.html
      try WholeFile.write(text, to: report)
    }
    Terminal.say(json ? result.json.indented(depth: 3) : "\(result.totals)\n")
    return result.passed ? 0 : 1
  }

  /// Puts everything about a case that failed into files.
  static func write(_ failed: Verification.Failed, to folder: String) throws(Failure) {
    let safe = String(
      failed.name.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" }.prefix(150))
    for (place, input) in failed.inputs.enumerated() {
      try WholeFile.write(NPYFile.bytes(of: input), to: "\(folder)/\(safe).input\(place).npy")
    }
    for (place, output) in failed.outputs.enumerated() {
      try WholeFile.write(
        NPYFile.bytes(of: output.expected), to: "\(folder)/\(safe).expected\(place).npy")
      try WholeFile.write(
        NPYFile.bytes(of: output.found), to: "\(folder)/\(safe).found\(place).npy")
    }
  }
}

/// The rows of `verify` as a table that grows while rows come in.
struct VerificationTable {
  let isQuiet: Bool
  let isSilent: Bool

  func printHead() {
    guard !isQuiet, !isSilent else { return }
    Terminal.say(
      line("operator", "variant", "cases", "worst", "limit", "verdict", "worst case"))
  }

  func print(_ row: VerificationRow) {
    guard !isSilent, !isQuiet || !row.passed else { return }
    let worst = row.worst
    let faults = worst?.faults.joined(separator: ", ") ?? ""
    Terminal.say(
      line(
        row.operatorName, row.variant, String(row.cases.count), Self.power(worst?.error ?? 0),
        Self.power(worst?.limit ?? 0), row.passed ? "pass" : "FAIL",
        (worst?.title ?? "") + (faults.isEmpty ? "" : ": \(faults)")))
  }

  private func line(
    _ name: String, _ variant: String, _ cases: String, _ error: String, _ limit: String,
    _ verdict: String, _ title: String
  ) -> String {
    "\(name.padded(to: 26)) \(variant.padded(to: 20)) \(cases.padded(to: 5)) "
      + "\(error.padded(to: 8)) \(limit.padded(to: 8)) \(verdict.padded(to: 7)) \(title)\n"
  }

  /// `1.2e-07`.
  static func power(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return value == 0 ? "0" : "inf" }
    var (mantissa, exponent) = (abs(value), 0)
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    return "\(Quantity.fixed(mantissa, 1))e\(exponent < 0 ? "-" : "+")\(abs(exponent))"
  }
}
