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
    let device = try #require(alone["device"] as? String)
    try folder.write(Array(try Self.figures(device)), to: "figures.json")
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
    #expect(
      peers["unmatched"] as? [String] == ["batch", "device", "network", "cam", "rise", "different"])

    let methods = try Program.run(
      Self.bench + ["--method", "group-cam:groups=32", "--peers", file])
    #expect(methods.code == 0, "\(methods.errors)")
    let lines = methods.output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("cam") && $0.contains(" 40.0 ") && $0.hasSuffix("busy") })
    #expect(
      lines.last == """
        not matched by network, batch, method and device: net, batch, device, network, rise, \
        different
        """)
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
  private static func figures(_ device: String) throws -> Data {
    let row: [String: Any] = [
      "row": "net", "kind": "forward", "images": 2, "network": "net", "device": device,
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
      other("network", ["model": "other.onnx"]),
      other("cam", ["kind": "group-cam", "method": "group-cam", "verdict": "busy"]),
      other("rise", ["kind": "method", "method": "rise:masks=1000"]),
      ["row": "different", "verdict": "different", "reason": "maps differ"],
    ]
    return try JSONSerialization.data(withJSONObject: ["threads": 2, "rows": rows])
  }
}
