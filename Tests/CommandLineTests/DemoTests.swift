import Foundation
import Testing

/// `demo`: the bundled network on rendered pictures, from any folder.
@Suite(.tags(.device)) struct DemoTests {
  @Test func theDemoEndsWithAReportOfTheRightObjects() throws {
    let folder = try TemporaryFolder()
    for _ in 0..<2 {
      let run = try Program.run(["demo", "-o", "first"], in: folder.path)
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.lines.last == "first/report.html")
      #expect(run.output.contains("torch.onnx.export(") && run.output.contains("salient explain "))
    }
    #expect(try folder.bytes("first/report.html").count > 100_000)
    #expect(try !folder.bytes("first/sheet.png").isEmpty)
    let records = try folder.records("first/results.jsonl")
    #expect(records.count == 8 * 2 * 2)
    #expect(records.allSatisfy { $0["degenerate"] as? Bool == false })
    // Both objects of a scene are among the two most likely classes in six scenes of eight.
    let set = try folder.document("first/pictures/annotations.json")
    let categories = try #require(set["categories"] as? [[String: Any]])
    let annotations = try #require(set["annotations"] as? [[String: Any]])
    #expect(categories.count == 12 && annotations.count == 16)
    var expected: [Int: Set<Int>] = [:]
    let numbers = Dictionary(
      uniqueKeysWithValues: categories.enumerated().map { ($1["id"] as? Int ?? -1, $0) })
    for annotation in annotations {
      let image = try #require(annotation["image_id"] as? Int)
      let category = try #require(annotation["category_id"] as? Int)
      expected[image, default: []].insert(try #require(numbers[category]))
    }
    var found: [String: Set<Int>] = [:]
    for record in records {
      let target = try #require(record["target"] as? [String: Any])
      found[record["image"] as? String ?? "", default: []].insert(target["index"] as? Int ?? -1)
    }
    let images = try #require(set["images"] as? [[String: Any]])
    let right = images.count { image in
      expected[image["id"] as? Int ?? -1] == found[image["file_name"] as? String ?? ""]
    }
    #expect(images.count == 8 && right >= 6, "\(found)")
  }
}
