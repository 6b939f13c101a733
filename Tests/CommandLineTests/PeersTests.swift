import Foundation
import Testing

/// `salient bench --peers`, with files as `Tools/peers/compare.py` writes them.
@Suite("Times of other programs stand beside ours where the work is the same", .tags(.device))
struct PeersTests {
  private static let bench = ["bench", Program.model, "--level", "quick", "--batch-size", "2"]

  @Test("rows of this network, kind, batch, method and device are matched, all others are named")
  func sameWorkIsMatched() throws {
    let folder = try TemporaryFolder()
    let alone = try document(Program.run(Self.bench + ["--json"]))
    #expect(alone["peers"] is NSNull)
    try folder.write(Array(try Self.figures(alone)), to: "figures.json")
    let file = folder.file("figures.json")

    let forward = try document(Program.run(Self.bench + ["--peers", file, "--json"]))
    let peers = try #require(forward["peers"] as? [String: Any])
    let rows = try #require(peers["rows"] as? [[String: Any]])
    #expect(rows.map { $0["peer"] as? String } == ["torch-nchw", "onnxruntime"])
    let own = try #require(forward["milliseconds_per_image"] as? Double)
    for row in rows {
      let theirs = try #require(row["milliseconds_per_image"] as? Double)
      #expect(row["row"] as? String == "net" && row["own_milliseconds_per_image"] as? Double == own)
      let ratio = try #require(row["ratio"] as? Double)
      #expect(abs(ratio * own / theirs - 1) < 1e-12)
    }
    #expect(rows.map { $0["version"] as? String } == [nil, "onnxruntime 9.9"])
    let device = try #require(alone["device"] as? String)
    let others = try #require(peers["unmatched"] as? [[String: Any]])
    let differences = others.map { "\($0["row"] ?? ""): \($0["differences"] as? [String] ?? [])" }
    #expect(
      differences == [
        #"batch: ["batch 8, here 2"]"#, "device: [\"device \(device) II, here \(device)\"]",
        #"network: ["network other.onnx"]"#,
        "file: [\"network \((Program.model as NSString).lastPathComponent)\"]",
        #"size: ["size 64x64, here 32x32"]"#,
        "driver: [\"driver 0.1, here \(try #require(alone["driver"] as? String))\"]",
        #"precision: ["precision fp16, here fp32"]"#, #"cam: ["group-cam"]"#,
        #"rise: ["rise:masks=1000"]"#, #"different: ["different"]"#,
      ])

    let methods = try Program.run(
      Self.bench + ["--method", "group-cam:groups=32", "--peers", file])
    #expect(methods.code == 0, "\(methods.errors)")
    let lines = methods.output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("cam") && $0.contains(" 40.0 ") && $0.hasSuffix("busy") })
    #expect(lines.last?.hasPrefix("different") == true && lines.contains { $0.hasPrefix("net ") })
  }

  @Test("figures of another number of threads are not beside ours")
  func otherThreads() throws {
    let folder = try TemporaryFolder()
    let alone = try document(Program.run(Self.bench + ["--json"]))
    try folder.write(Array(try Self.figures(alone, threads: 77)), to: "figures.json")
    let run = try document(
      Program.run(Self.bench + ["--peers", folder.file("figures.json"), "--json"]))
    let peers = try #require(run["peers"] as? [String: Any])
    #expect((peers["rows"] as? [Any])?.isEmpty == true)
    let first = (peers["unmatched"] as? [[String: Any]])?.first?["differences"] as? [String]
    #expect(first?.count == 1 && first?.first?.hasPrefix("threads 77, here ") == true)
  }

  @Test(
    "what is no such file is one line, before anything is timed",
    arguments: [
      #"{"threads": 2, "rows""#, "[]", #"{"rows": []}"#, #"{"threads": 2, "rows": [{}]}"#,
    ])
  func foreignFile(text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(text.utf8), to: "figures.json")
    let run = try Program.run(Self.bench + ["--peers", folder.file("figures.json")])
    #expect(run.code == 65 && run.errorLines.count == 1, "\(run.errors)")
    #expect(run.errors.contains("figures.json: damaged, or not figures of peers; "))
    let missing = try Program.run(Self.bench + ["--peers", folder.file("none.json")])
    #expect(missing.code == 66 && missing.errorLines.count == 1, "\(missing.errors)")
  }

  private func document(_ run: Run) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any],
      "\(run.errors)")
  }

  /// A row of this network and work, and rows that differ from it in one thing each.
  private static func figures(_ here: [String: Any], threads: Int? = nil) throws -> Data {
    let device = try #require(here["device"] as? String)
    let row: [String: Any] = [
      "row": "net", "kind": "forward", "images": 2, "network": "net", "device": device,
      "driver": try #require(here["driver"]), "precision": "fp32", "size": [32, 32],
      "model": (Program.model as NSString).lastPathComponent, "method": NSNull(),
      "verdict": "pass", "versions": ["onnxruntime": "onnxruntime 9.9"],
      "groups": [
        "onnxruntime": ["peer": "onnxruntime", "milliseconds": 50.5, "ratio": [1, 2, 3]],
        "torch": ["peer": "torch-nchw", "milliseconds": 40],
      ],
    ]
    func other(_ name: String, _ changes: [String: Any]) -> [String: Any] {
      row.merging(changes.merging(["row": name]) { $1 }) { $1 }
    }
    let rows: [[String: Any]] = [
      row, other("batch", ["images": 8]), other("device", ["device": "\(device) II"]),
      other("network", ["model": "other.onnx"]), other("file", ["model_sha256": "0"]),
      other("size", ["size": [64, 64]]), other("driver", ["driver": "0.1"]),
      other("precision", ["precision": "fp16"]),
      other("cam", ["kind": "group-cam", "method": "group-cam", "verdict": "busy"]),
      other("rise", ["kind": "method", "method": "rise:masks=1000"]),
      ["row": "different", "verdict": "different", "reason": "maps differ"],
    ]
    let document: [String: Any] = ["threads": try threads ?? units(of: device), "rows": rows]
    return try JSONSerialization.data(withJSONObject: document)
  }

  /// The cores that a device computes on, as `devices` says them.
  private static func units(of name: String) throws -> Int {
    let text = try Program.run(["devices", "--json"]).output
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let platforms = try #require(document["platforms"] as? [[String: Any]])
    let devices = platforms.flatMap { $0["devices"] as? [[String: Any]] ?? [] }
    return try #require(devices.first { $0["name"] as? String == name }?["computeUnits"] as? Int)
  }
}
