import Foundation
import Testing

/// `salient methods`: what is printed of each method holds.
@Suite struct MethodsTests {
  private func document(_ words: [String] = []) throws -> [String: Any] {
    let run = try Program.run(["methods", "--json"] + words)
    #expect(run.code == 0, "\(run.errors)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
  }

  private func methods() throws -> [[String: Any]] {
    try #require(try document()["methods"] as? [[String: Any]])
  }

  @Test func everyMethodHasAPage() throws {
    let methods = try methods()
    #expect(methods.count >= 2)
    for method in methods {
      let name = try #require(method["name"] as? String)
      let run = try Program.run(["methods", name])
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.lines.first == name)
      for title in ["Equations", "Passes", "Needs", "Settings", "Example"] {
        #expect(run.lines.contains(title), "\(name): \(title)")
      }
      let example = try #require(method["example"] as? [String])
      #expect(example.allSatisfy { run.output.contains("  \($0)\n") }, "\(name)")
      let equations = try #require(method["equations"] as? [String])
      #expect(!equations.isEmpty, "\(name)")
      #expect(equations.allSatisfy { $0.allSatisfy(\.isASCII) }, "\(name): plain text")
      let layer = method["layer"] as? Bool == true ? "a layer of" : "no layer"
      #expect(run.lines.contains { $0.hasPrefix("  \(layer)") }, "\(name)")
      for setting in try #require(method["settings"] as? [[String: Any]]) {
        let key = try #require(setting["name"] as? String)
        let values = try #require(setting["values"] as? String)
        let line = run.lines.drop { $0 != "Settings" }.first { $0.hasPrefix("  \(key)=") }
        #expect(line?.contains("(\(values))") == true, "\(name).\(key)")
      }
      let alone = try document([name])
      #expect(NSDictionary(dictionary: alone) == NSDictionary(dictionary: method))
    }
  }

  @Test func theListSaysWhatItsPassesHoldFor() throws {
    let run = try Program.run(["methods"])
    let first = try #require(run.lines.first)
    #expect(first.contains("--model scenes) of 128x128 pixels; at most"), "\(first)")
    #expect(try Program.run(["methods", "group-cam"]).lines.contains("  \(first.dropFirst(7))"))
    let line = try #require(run.lines.first { $0.hasPrefix("group-cam ") })
    #expect(line.hasSuffix(" 34 forwards, 1 backward for an image and target"))
  }

  /// What takes more than a thousand passes is only planned.
  @Test(.tags(.device)) func everyExampleRunsAsItStands() throws {
    let folder = try TemporaryFolder()
    var ran = 0
    for method in try methods() {
      let name = try #require(method["name"] as? String)
      let passes = try #require(method["passes"] as? [String: Int])
      let isLong = passes.values.reduce(0, +) > 1000
      for command in try #require(method["example"] as? [String]) {
        var words = command.split(separator: " ").map(String.init)
        #expect(words.removeFirst() == "salient")
        let explains = words.first == "explain"
        // The pictures are the same for all; the maps of the method before are in the way.
        words += isLong && explains ? ["--dry-run", "--overwrite"] : ["--overwrite"]
        let run = try Program.run(words, in: folder.path)
        #expect(run.code == 0, "\(command): \(run.errors)")
      }
      guard !isLong else { continue }
      let records = try folder.records("maps/results.jsonl")
      #expect(records.count == 1)
      let shown = (records.first?["method"] as? String)?.prefix { $0 != "_" }
      #expect(shown.map(String.init) == name)
      #expect(records.first?["map"] is String)
      ran += 1
    }
    #expect(ran > 20)
  }
}
