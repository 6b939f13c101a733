import Foundation
import Testing

/// `salient bench --method`, several of them.
@Suite("The times of methods make one table", .tags(.device))
struct MethodTimesTests {
  private let methods = "grad-cam,rise:masks=8,cam,occlusion:stride=15,eigen-cam"

  @Test("a row for each method, with passes and time, and a reason where it does not fit")
  func everyMethodHasARow() throws {
    let vgg = "\(Program.networks)/vgg-legacy.onnx"
    let run = try Program.run(
      ["bench", vgg, "--method", methods, "--level", "quick", "--json"])
    #expect(run.code == 0, "\(run.errors)")
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    #expect(document["device"] is String && document["batch"] as? Int == 1)
    let rows = try #require(document["methods"] as? [[String: Any]])
    #expect(rows.compactMap { $0["method"] as? String }.joined(separator: ",") == methods)
    // 32x32 pixels: windows of 15 at 0, 15 and 30.
    #expect(rows.compactMap { $0["forwards"] as? Int } == [1, 8, 1, 10, 1])
    #expect(rows.compactMap { $0["backwards"] as? Int } == [1, 0, 0, 0, 0])
    for row in rows {
      let isCAM = row["method"] as? String == "cam"
      #expect(
        (row["reason"] as? String)?.contains("global average pooling") == (isCAM ? true : nil))
      #expect((row["runs"] as? [Double])?.count == (isCAM ? 0 : 3))
      #expect(isCAM || row["milliseconds_per_image"] as? Double ?? 0 > 0)
    }
    // Each is said as soon as it is there.
    #expect(run.errorLines.count == 5)
  }

  @Test("what does not make sense is one line", arguments: ["grad-cam,", "grad-cam,nope", ","])
  func wrongLists(list: String) throws {
    let run = try Program.run(["bench", Program.model, "--method", list])
    #expect(run.code == 64 && run.errorLines.count == 1, "\(run.errors)")
  }

  @Test("a plan of several methods is refused")
  func noPlan() throws {
    let run = try Program.run(["bench", Program.model, "--method", "all", "--plan"])
    #expect(run.code == 64 && run.errorLines.count == 1, "\(run.errors)")
  }
}
