import ArgumentParser
import Jobs
import Salient

/// `salient devices`: what there is to compute on, what is wrong with it, and how to mend it.
struct Devices: Verb {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "Platforms, devices, drivers, the cache and a self-test of each device.")

  static let examples = ["salient devices", "salient devices --clear-cache"]

  @Flag(help: "Empty the cache of compiled kernels first.")
  var clearCache = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(help: .private)
  var probe = false

  /// How long a driver may take to compile and run the self-test.
  private static let patience = 120

  func perform() async throws(Failure) -> Int32 {
    let folder = Terminal.cacheFolder(version: Salient.version)
    if probe {
      // Without a safe cache a driver may end this process; the parent will say so.
      _ = try? Salient.start(cacheFolder: folder)
      Terminal.say(await DeviceReport.probe().json.description + "\n")
      return 0
    }
    if clearCache {
      try Salient.clearCache(folder: folder)
      Terminal.removeCompiledPrograms(version: Salient.version)
    }
    var problems: [String] = []
    var cache = "\(folder) is usable"
    do throws(Failure) {
      let removed = try Salient.start(cacheFolder: folder)
      if !removed.isEmpty {
        cache = "\(folder) is mended: \(Quantity.count(removed.count, "damaged file")) removed"
      }
    } catch {
      cache = error.description
      problems.append(error.description)
    }
    if clearCache { cache += "; emptied" }
    let report = ask(&problems)
    let isUsable = !report.usable.isEmpty && problems.isEmpty
    Terminal.say(json ? document(report, cache, problems) : text(report, cache))
    guard !isUsable else { return 0 }
    throw problems.first.map { Failure(.device, "", $0) }
      ?? Failure(
        .device, "", "no usable OpenCL device\(report.problem.map { ": \($0)" } ?? "")",
        try: "apt-get install pocl-opencl-icd for the CPU; --device reference needs none")
  }

  /// Asks all drivers in a child process, and each alone where that child does not come back.
  private func ask(_ problems: inout [String]) -> DeviceReport {
    guard let (output, end) = ChildProcess.run(["devices", "--probe"], seconds: Self.patience)
    else { return DeviceReport(problem: "no process can be started to ask the drivers") }
    if end == .code(0), let json = JSONValue(parsing: output), let report = DeviceReport(json: json)
    {
      return report
    }
    var report = DeviceReport(problem: "a driver \(Self.describe(end))")
    for driver in DriverList.installed() {
      let result = ChildProcess.run(
        ["devices", "--probe"], setting: ["OCL_ICD_VENDORS": driver], seconds: Self.patience)
      let single = result.flatMap { JSONValue(parsing: $0.output) }.flatMap(
        DeviceReport.init(json:))
      if let single, single.problem == nil {
        report.platforms += single.platforms
      } else {
        let reason = single?.problem ?? Self.describe(result?.end ?? .timeout)
        problems.append(
          "\(driver): its driver \(reason); reinstall it, remove it, or clear its cache with "
            + "salient devices --clear-cache")
      }
    }
    return report
  }

  private static func describe(_ end: ChildProcess.End) -> String {
    switch end {
    case .code(let code): "ended the process that asked it, with code \(code)"
    case .signal(let number): "ended the process that asked it, with signal \(number)"
    case .timeout: "did not answer within \(patience) s"
    }
  }

  private func text(_ report: DeviceReport, _ cache: String) -> String {
    var text = ""
    for platform in report.platforms {
      text += "\(platform.name)  \(platform.version)\n"
      if let problem = platform.problem { text += "  its devices cannot be listed: \(problem)\n" }
      if platform.devices.isEmpty { text += "  no devices\n" }
      for device in platform.devices {
        let units = device.kind == "cpu" ? "core" : "compute unit"
        text +=
          "  \(device.index) \(device.name)  \(device.kind), "
          + "\(Quantity.count(device.computeUnits, units)), "
          + "\(Quantity.binaryBytes(device.memory)), driver \(device.driver)\n"
        text += "    self-test \(device.problem.map { "failed: \($0)" } ?? "passed")\n"
        if device.problem == nil { text += "    \(Self.abilities(of: device))\n" }
      }
    }
    if report.platforms.isEmpty {
      text += "no OpenCL platform\(report.problem.map { ": \($0)" } ?? "")\n"
    }
    text += "  - reference  CPU, double precision, slow; always there\n"
    return text + "cache  \(cache)\n"
  }

  /// `has 16-byte local loads, half storage; not lane ids`.
  private static func abilities(of device: DeviceReport.Entry) -> String {
    let parts = [("has ", device.abilities), ("not ", device.inabilities)]
    return parts.filter { !$0.1.isEmpty }.map { $0.0 + $0.1.joined(separator: ", ") }
      .joined(separator: "; ")
  }

  private func document(
    _ report: DeviceReport, _ cache: String, _ problems: [String]
  ) -> String {
    guard case .object(let members) = report.json else { return "" }
    let more: [JSONValue.Member] = [
      .init("cache", .string(cache)), .init("problems", .array(problems.map(JSONValue.string))),
    ]
    return JSONValue.object(members + more).indented(depth: 3)
  }
}

/// The drivers that an OpenCL loader would find.
enum DriverList {
  /// The paths of their `.icd` files.
  static func installed() -> [String] {
    let folder = Terminal.environment("OCL_ICD_VENDORS") ?? "/etc/OpenCL/vendors"
    if folder.hasSuffix(".icd") { return [folder] }
    return InputList.names(in: folder).filter { $0.hasSuffix(".icd") }.map { "\(folder)/\($0)" }
  }
}
