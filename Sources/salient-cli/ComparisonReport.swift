import Jobs
import Saliency
import Salient

/// The times of several methods beside each other.
struct ComparisonReport: BenchReport {
  private let result: MethodComparison
  private let device: DeviceInUse

  init(_ result: MethodComparison, _ device: DeviceInUse) {
    self.result = result
    self.device = device
  }

  var works: [PeerFigures.Work] {
    result.rows.compactMap { row in
      row.benchmark.map {
        .init(.method(row.method), batch: result.batch, milliseconds: $0.medianPerImage)
      }
    }
  }

  /// What one image takes by Grad-CAM, the measure of the field; nil where it was not asked for.
  private var gradCAM: Double? {
    result.rows.first { $0.method == "grad-cam" }?.benchmark?.medianPerImage
  }

  var text: String {
    let driver = device.driver.map { ", driver \($0)" } ?? ""
    var table = TextTable([
      .left("method"), .right("forwards"), .right("tails"), .right("backwards"),
      .right("ms per image"), .right("grad-cam = 1"), .right("MiB"),
    ])
    var refusals = ""
    for row in result.rows {
      let time = row.benchmark?.medianPerImage
      let ratio = time.flatMap { time in gradCAM.map { (time / $0).rounded(to: 1) } }
      table.add([
        row.method, "\(row.passes.forwards)", "\(row.passes.tails)", "\(row.passes.backwards)",
        time?.asMilliseconds ?? "-", ratio ?? "-",
        row.benchmark?.deviceByteCount.map { "\($0 >> 20)" } ?? "-",
      ])
      if let reason = row.reason { refusals += "\(row.method): \(reason)\n" }
    }
    return "batch \(result.batch)  \(device.name)\(driver)  fp32\n" + table.text + refusals
  }

  var members: KeyValuePairs<String, JSONValue> {
    ["batch": .integer(result.batch), "methods": .array(result.rows.map(document))]
  }

  private func document(of row: MethodComparison.Row) -> JSONValue {
    [
      "method": .string(row.method), "forwards": .integer(row.passes.forwards),
      "tails": .integer(row.passes.tails), "backwards": .integer(row.passes.backwards),
      "milliseconds_per_image": row.benchmark.map { .number($0.medianPerImage) } ?? .null,
      "runs": .array(row.benchmark?.milliseconds.map { .number($0) } ?? []),
      "device_bytes": row.benchmark?.deviceByteCount.map { .integer($0) } ?? .null,
      "reason": row.reason.map { .string($0) } ?? .null,
    ]
  }
}
