import Foundation
import Salient
import Testing

/// The sample of the README, which compiles here.
@Suite struct SampleTests {
  // README
  func attention(pixels: [Float]) async throws -> Salient.Map {
    try Salient.start(cacheFolder: "/var/cache/mytool/0.1.0")  // once, before any thread
    let model = try await Salient.Model.open("resnet50.onnx")
    let maps = try await model.explain(pixels, shape: [3, 224, 224], target: "top1")
    return maps[0]  // values in [0, 1], shape [224, 224]
  }
  // README

  @Test func theReadmeShowsWhatCompiles() throws {
    let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
    let compiled = source.components(separatedBy: "  // README\n")[1]
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let blocks = readme.components(separatedBy: "```swift\n").dropFirst()
    #expect(blocks.count == 1)
    let shown = try #require(blocks.first?.components(separatedBy: "```").first)
    let lines = compiled.split(separator: "\n").map { $0.dropFirst(2) + "\n" }.joined()
    #expect(shown == "import Salient\n\n" + lines)
    #expect(lines.split(separator: "\n").count < 10)
  }
}
