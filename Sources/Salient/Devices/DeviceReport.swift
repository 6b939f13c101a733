import Execution
import Graphs
import Jobs
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import Operators
import Tensors

/// What there is to compute on: platforms, devices, and whether each works.
///
/// A driver may end the process that asks it. So `salient devices` calls `probe` in a child process
/// and passes the report on as JSON.
public struct DeviceReport: Sendable, Hashable {
  /// A device with the outcome of its self-test.
  public struct Entry: Sendable, Hashable {
    /// Its place in the list, as `--device` takes it.
    public var index: Int
    /// Its name.
    public var name: String
    /// `cpu`, `gpu` or `accelerator`.
    public var kind: String
    /// The version of the driver.
    public var driver: String
    /// The version of OpenCL.
    public var version: String
    /// Cores or multiprocessors.
    public var computeUnits: Int
    /// All memory of the device, in bytes.
    public var memory: Int
    /// What went wrong in the self-test; nil where it passed.
    public var problem: String?
    /// What works beyond OpenCL C, as `16-byte local loads`.
    public var abilities: [String]
    /// What of that does not.
    public var inabilities: [String]
    /// What NVIDIA's compiler translates to, `.version 8.4 .target sm_90`; nil on other devices.
    public var target: String?
  }

  /// A driver with its devices.
  public struct Platform: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its version.
    public var version: String
    /// Why its devices could not be listed; nil where they could.
    public var problem: String?
    /// Its devices.
    public var devices: [Entry]
  }

  /// All platforms.
  public var platforms: [Platform]
  /// Why there is none; nil where there are some.
  public var problem: String?

  /// The devices that can be used.
  public var usable: [Entry] { platforms.flatMap(\.devices).filter { $0.problem == nil } }

  /// A report of nothing but a problem.
  public init(problem: String) {
    platforms = []
    self.problem = problem
  }

  /// The OpenCL loader, or nil where there is none.
  public static var loaderDescription: String? {
    do {
      let names = try OpenCLRuntime.Platform.all().map(\.name)
      return "found, with \(names.joined(separator: ", "))"
    } catch {
      if case .loaderMissing = error { return nil }
      return "found, \(error)"
    }
  }

  /// Lists and tests every device in this process.
  public static func probe() async -> DeviceReport {
    let platforms: [OpenCLRuntime.Platform]
    do throws(OpenCLError) {
      platforms = try OpenCLRuntime.Platform.all()
    } catch {
      return DeviceReport(problem: error.description)
    }
    var report = DeviceReport(problem: "")
    report.problem = nil
    var index = 0
    for platform in platforms {
      var entries: [Entry] = []
      for device in platform.devices {
        let problem = await problem(of: device)
        let found = problem == nil ? await capabilities(of: device) : []
        entries.append(
          Entry(
            index: index, name: device.name, kind: device.kind.rawValue,
            driver: device.driverVersion, version: device.version,
            computeUnits: device.computeUnits, memory: device.globalMemoryBytes,
            problem: problem, abilities: names { found.contains($0) },
            inabilities: problem == nil ? names { !found.contains($0) } : [],
            target: await target(of: device)))
        index += 1
      }
      report.platforms.append(
        Platform(
          name: platform.name, version: platform.version,
          problem: platform.problem?.description, devices: entries))
    }
    return report
  }

  /// The lines of a program's binary that name the language and the processor.
  private static func target(of device: Device) async -> String? {
    guard device.computeCapability != nil else { return nil }
    do {
      let queue = try DeviceQueue(device: device, library: KernelLibrary())
      let text = String(decoding: try await queue.programBinary("probe/memory.cl"), as: UTF8.self)
      return PTXHeader.lines(of: text)
    } catch {
      return nil
    }
  }

  private static func names(where holds: (Capabilities) -> Bool) -> [String] {
    Capabilities.names.filter { holds($0.bit) }.map(\.name)
  }

  private static func capabilities(of device: Device) async -> Capabilities {
    do {
      return await .probed(on: try DeviceQueue(device: device, library: KernelLibrary()))
    } catch {
      return []
    }
  }

  /// Computes something small and looks at the result.
  private static func problem(of device: Device) async -> String? {
    guard device.hasCompiler else { return "the driver cannot compile kernels" }
    do {
      let queue = try DeviceQueue(device: device, library: KernelLibrary())
      let backend = OpenCLBackend(queue: queue)
      var builder = GraphBuilder()
      let input = builder.input("x", [1, 32, 3, 5])
      let output = try builder.add(ReLU(), [input])
      let graph = try builder.finish(outputs: [output])
      let executable = try await backend.compile(graph, CompileOptions(capacity: 2))
      let values = HostTensor<Float>([2, 32, 3, 5]) { Float($0 % 7) - 3 }
      let outputs = try await executable.run(
        [backend.upload(values)], backend.upload([:]))
      let found = try await outputs.first?.download()
      return found?.elements == values.elements.map { max($0, 0) } ? nil : "computes wrong numbers"
    } catch {
      return "\(error)".onOneLine
    }
  }
}

// MARK: - JSON

extension DeviceReport {
  /// The report as a document.
  public var json: JSONValue {
    [
      "schema": .integer(1), "problem": .text(problem),
      "platforms": .array(
        platforms.map { platform in
          [
            "name": .string(platform.name), "version": .string(platform.version),
            "problem": .text(platform.problem),
            "devices": .array(platform.devices.map(Self.describe)),
          ]
        }),
    ]
  }

  private static func describe(_ device: Entry) -> JSONValue {
    [
      "index": .integer(device.index), "name": .string(device.name),
      "kind": .string(device.kind), "driver": .string(device.driver),
      "version": .string(device.version), "computeUnits": .integer(device.computeUnits),
      "memory": .integer(device.memory), "problem": .text(device.problem),
      "abilities": .array(device.abilities.map(JSONValue.string)),
      "inabilities": .array(device.inabilities.map(JSONValue.string)),
      "target": .text(device.target),
    ]
  }

  /// The report that a child process wrote; nil where that is none.
  public init?(json: JSONValue) {
    guard let platforms = json["platforms"]?.array else { return nil }
    problem = json["problem"]?.string
    self.platforms = platforms.map { platform in
      Platform(
        name: platform["name"]?.string ?? "", version: platform["version"]?.string ?? "",
        problem: platform["problem"]?.string,
        devices: (platform["devices"]?.array ?? []).map(Self.entry))
    }
  }

  private static func entry(_ json: JSONValue) -> Entry {
    Entry(
      index: json["index"]?.integer ?? 0, name: json["name"]?.string ?? "",
      kind: json["kind"]?.string ?? "", driver: json["driver"]?.string ?? "",
      version: json["version"]?.string ?? "", computeUnits: json["computeUnits"]?.integer ?? 0,
      memory: json["memory"]?.integer ?? 0, problem: json["problem"]?.string,
      abilities: words(json["abilities"]), inabilities: words(json["inabilities"]),
      target: json["target"]?.string)
  }

  private static func words(_ json: JSONValue?) -> [String] {
    (json?.array ?? []).compactMap(\.string)
  }
}

/// The head of a program in PTX.
package enum PTXHeader {
  /// Its `.version` and `.target`, on one line; nil where the text is no PTX.
  package static func lines(of text: String) -> String? {
    let lines = text.split(separator: "\n").prefix(64)
      .filter { $0.hasPrefix(".version ") || $0.hasPrefix(".target ") }
    return lines.count < 2 ? nil : lines.joined(separator: " ").onOneLine
  }
}
