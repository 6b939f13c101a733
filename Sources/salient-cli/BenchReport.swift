import Jobs
import Salient

/// What `salient bench` found, as text and as a document.
protocol BenchReport {
  /// What a person reads, behind the name of the model.
  var text: String { get }
  /// What is special about this kind of measurement, beside model, device and precision.
  var members: KeyValuePairs<String, JSONValue> { get }
  /// What was timed, as peers may have done it too.
  var works: [PeerFigures.Work] { get }
}

extension BenchReport {
  /// The document of `--json`.
  func document(
    _ path: String, _ device: DeviceInUse, _ peers: PeerFigures.Comparison?
  ) -> JSONValue {
    let head: KeyValuePairs<String, JSONValue> = [
      "schema": .integer(1), "model": .string(path), "device": .string(device.name),
      "driver": .text(device.driver), "precision": .string("fp32"),
    ]
    let tail: KeyValuePairs<String, JSONValue> = ["peers": peers?.document ?? .null]
    return .object(
      (Array(head) + Array(members) + Array(tail)).map { JSONValue.Member($0.key, $0.value) })
  }
}

/// A forward pass, with its plan where it is asked for.
struct ForwardReport: BenchReport {
  private let result: ForwardBenchmark
  private let listsPlan: Bool

  init(_ result: ForwardBenchmark, listsPlan: Bool) {
    self.result = result
    self.listsPlan = listsPlan
  }

  var works: [PeerFigures.Work] {
    [.init(.forward, batch: result.batch, milliseconds: result.medianPerImage)]
  }

  var text: String {
    "batch \(result.batch)  \(result.medianPerImage.asMilliseconds) ms per image\n"
      + (listsPlan ? PlanTable(result).text : "")
  }

  var members: KeyValuePairs<String, JSONValue> {
    [
      "batch": .integer(result.batch), "milliseconds_per_image": .number(result.medianPerImage),
      "runs": .array(result.milliseconds.map { .number($0) }),
      "plan_bytes": .integer(result.planBytes), "roof": result.roof.map(\.document) ?? .null,
      "plan": .array(result.steps.map(\.document)),
    ]
  }
}

/// Every distinct call of an operator.
struct KernelReport: BenchReport {
  private let result: KernelBenchmark
  private let name: String
  private let roof: Roof

  init(_ result: KernelBenchmark, _ name: String, _ roof: Roof) {
    self.result = result
    self.name = name
    self.roof = roof
  }

  var works: [PeerFigures.Work] {
    [.init(.operation(name), batch: result.batch, milliseconds: millisecondsPerImage)]
  }

  private var millisecondsPerImage: Double { result.total / Double(result.batch) }

  var text: String {
    var table = TextTable([
      .left("input"), .left("other"), .left("output"), .right("times"), .left("algorithm"),
      .left("tile"), .right("ms"), .right("GFLOP/s"), .right("GB/s"), .right("roof"),
    ])
    for row in result.rows {
      let step = row.plan.last { $0.algorithm != "layout" }
      table.add([
        row.inputs[0].description, row.inputs.dropFirst().first?.description ?? "",
        row.output.description, "\(row.count)", step?.algorithm ?? "", step?.tile ?? "",
        row.milliseconds.asMilliseconds,
        (Double(row.operations) / row.milliseconds / 1e6).rounded(to: 1),
        (Double(row.byteCount) / row.milliseconds / 1e6).rounded(to: 1),
        "\((share(row) * 100).rounded(to: 0)) %",
      ])
    }
    return "\(name)  batch \(result.batch)\n" + table.text
      + "all calls of the network: \(millisecondsPerImage.asMilliseconds) ms per image"
      + "; roof \(roof.text)\n"
  }

  var members: KeyValuePairs<String, JSONValue> {
    [
      "batch": .integer(result.batch), "roof": roof.document,
      "milliseconds_per_image": .number(millisecondsPerImage),
      "kernels": .array(result.rows.map(document)),
    ]
  }

  private func share(_ row: KernelBenchmark.Row) -> Double {
    roof.share(
      operations: row.executedOperations, bytes: row.byteCount, milliseconds: row.milliseconds)
  }

  private func document(of row: KernelBenchmark.Row) -> JSONValue {
    var members: [JSONValue.Member] = [.init("operator", .string(row.operatorName))]
    if let geometry = row.geometry {
      let (image, filters) = (geometry.image, geometry.filters)
      let numbers: KeyValuePairs = [
        "N": result.batch, "C": image[0], "H": image[1], "W": image[2], "K": filters[0],
        "R": filters[1], "S": filters[2], "groups": geometry.groups,
      ]
      members += numbers.map { .init($0.key, .integer($0.value)) }
      members.append(.init("stride", .array(geometry.stride.map { .integer($0) })))
      members.append(.init("pad", .array(geometry.padding.map { .integer($0) })))
    }
    members.append(.init("count", .integer(row.count)))
    members.append(.init("inputs", .array(row.inputs.map { .string($0.description) })))
    members.append(.init("output", .string(row.output.description)))
    members.append(.init("operations", .integer(row.operations)))
    members.append(.init("executed_operations", .integer(row.executedOperations)))
    members.append(.init("bytes", .integer(row.byteCount)))
    members.append(.init("roof_share", .number(share(row))))
    members.append(.init("milliseconds", .number(row.milliseconds)))
    let steps = row.plan.map { JSONValue.string("\($0.algorithm) \($0.kernel) \($0.tile)") }
    return .object(members + [.init("plan", .array(steps))])
  }
}

/// Explanations of a batch.
struct MethodReport: BenchReport {
  private let result: MethodBenchmark
  private let method: String
  private let savings: SavingsBenchmark?

  init(_ result: MethodBenchmark, _ method: String, _ savings: SavingsBenchmark?) {
    self.result = result
    self.method = method
    self.savings = savings
  }

  var works: [PeerFigures.Work] {
    [.init(.method(method), batch: result.batch, milliseconds: result.medianPerImage)]
  }

  var text: String {
    let ran = result.statistics
    return "\(method)  batch \(result.batch)  \(result.medianPerImage.asMilliseconds) ms per image"
      + " (\(ran.maskedRows) masked images in \(ran.maskedRuns) runs of at most \(ran.capacity))"
      + (result.deviceByteCount.map { "  \($0 >> 20) MiB of device memory" } ?? "") + "\n"
      + kernels + (savings?.text ?? "")
  }

  /// What runs, the longest first; empty where launches were not timed.
  private var kernels: String {
    guard !result.kernels.isEmpty else { return "" }
    let all = result.kernels.reduce(0) { $0 + $1.milliseconds }
    var table = TextTable([.left("kernel"), .right("launches"), .right("ms"), .right("share")])
    for share in result.kernels {
      table.add([
        share.kernel, "\(share.launchCount)", share.milliseconds.asMilliseconds,
        "\((share.milliseconds / all * 100).rounded(to: 1)) %",
      ])
    }
    return table.text
  }

  var members: KeyValuePairs<String, JSONValue> {
    [
      "method": .string(method), "batch": .integer(result.batch),
      "milliseconds_per_image": .number(result.medianPerImage),
      "runs": .array(result.milliseconds.map { .number($0) }),
      "masked_rows": .integer(result.statistics.maskedRows),
      "masked_runs": .integer(result.statistics.maskedRuns),
      "device_bytes": result.deviceByteCount.map { .integer($0) } ?? .null,
      "kernels": .array(
        result.kernels.map { share in
          [
            "kernel": .string(share.kernel), "launches": .integer(share.launchCount),
            "milliseconds": .number(share.milliseconds),
          ]
        }),
      "savings": .array(savings?.rows.map(\.document) ?? []),
    ]
  }
}

extension Roof {
  fileprivate var document: JSONValue {
    [
      "operations_per_second": .number(operationsPerSecond),
      "bytes_per_second": .number(bytesPerSecond),
    ]
  }
}

extension Roof {
  /// `205.1 GFLOP/s, 20.3 GB/s`.
  var text: String {
    "\((operationsPerSecond / 1e9).rounded(to: 1)) GFLOP/s,"
      + " \((bytesPerSecond / 1e9).rounded(to: 1)) GB/s"
  }
}

extension ForwardBenchmark.Step {
  fileprivate var document: JSONValue {
    [
      "nodes": .string(names), "output": .string(output.description),
      "algorithm": .string(plan.algorithm), "kernel": .string(plan.kernel),
      "tile": .string(plan.tile), "operations": .integer(operations),
      "bytes": .integer(plan.byteCount), "buffers": .string(plan.buffers),
      "milliseconds": milliseconds.map { .number($0) } ?? .null,
    ]
  }
}
