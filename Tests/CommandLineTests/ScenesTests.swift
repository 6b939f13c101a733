import Foundation
import Testing

@Suite struct ScenesTests {
  static let mistakes = [
    Mistake("scenes --count 0", 64, "--count 0"),
    Mistake("scenes --count 1000001", 64, "--count 1000001"),
    Mistake("scenes --seed x", 64, "--seed x", "whole number"),
    Mistake("scenes --size 64", 64, "--size 64", "128 to 2048"),
    Mistake("scenes --size 128x4096", 64, "--size 128x4096", "128 to 2048"),
    Mistake("scenes --size big", 64, "--size big"),
    Mistake("scenes --objects 4", 64, "--objects 4", "1 to 3"),
    Mistake("scenes --objects 0", 64, "--objects 0", "1 to 3"),
    Mistake("scenes --objects 3-1", 64, "--objects 3-1"),
    Mistake("scenes --objects 1-2-3", 64, "--objects 1-2-3"),
    Mistake("scenes --shortcut cupp", 64, "--shortcut cupp", "did you mean cup?"),
    Mistake("scenes --layout cocoa", 64, "--layout cocoa", "did you mean coco?"),
    Mistake("scenes --split test", 64, "--split test", "training"),
    Mistake("scenes --layout folders --objects 2", 64, "--layout folders", "--objects 1"),
    Mistake("scenes --split benchmark --seed 3", 64, "--seed 3", "leave out --seed"),
    Mistake("scenes photo.jpg", 64, "photo.jpg", "one too many"),
    Mistake("scenes --cuont 3", 64, "did you mean --count?"),
  ]

  @Test("a mistake gets one line that says what to type", arguments: mistakes)
  func mistakeGetsOneLine(mistake: Mistake) throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(mistake.arguments, in: folder.path)
    #expect(run.code == mistake.code, "\(run.errors)")
    #expect(run.errorLines.count == 1 && run.output.isEmpty)
    for part in mistake.parts { #expect(run.errors.contains(part), "\(run.errors)") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test("a data set has pictures, masks, labels and annotations that agree")
  func dataSetAgrees() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(
      ["scenes", "-o", "set", "--count", "7", "--seed", "3", "--shortcut", "cup"], in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.lines.count == 1 && run.output.contains("7 scenes"))
    let root = folder.path + "/set"
    let names = (0..<7).map { "00000\($0).png" }
    for kind in ["images", "masks"] {
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(kind)").sorted() == names)
    }
    let labels = try String(contentsOfFile: root + "/labels.txt", encoding: .utf8)
      .split(separator: "\n").map(String.init)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: root + "/annotations.json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .custom(Annotations.key)
    let set = try decoder.decode(Annotations.self, from: bytes)
    #expect(set.categories.map(\.name) == labels && labels.count == 12)
    #expect(set.categories.map(\.id) == Array(1...12))
    #expect(set.images.map(\.fileName) == names.map { "images/\($0)" })
    #expect(set.annotations.map(\.id) == Array(1...set.annotations.count))
    let cup = try #require(set.categories.first { $0.name == "cup" })
    for image in set.images {
      let notes = set.annotations.filter { $0.imageID == image.id }
      #expect((1...3).contains(notes.count))
      #expect((image.mark != nil) == notes.contains { $0.categoryID == cup.id })
    }
    for note in set.annotations { #expect(note.isConsistent, "annotation \(note.id)") }
  }

  @Test("class folders hold one picture a scene, every class has its folder")
  func classFoldersAreWritten() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(
      ["scenes", "-o", "set", "--count", "9", "--layout", "folders", "-q"], in: folder.path)
    #expect(run.code == 0 && run.output.isEmpty && run.errors.isEmpty)
    let classes = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/set").sorted()
    #expect(classes.count == 12 && classes.first == "astronaut" && classes.last == "umbrella")
    let names = try classes.flatMap {
      try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/set/\($0)")
    }
    #expect(names.sorted() == (0..<9).map { "00000\($0).png" })
  }

  @Test("the same command writes the same bytes, and a larger set begins with a smaller")
  func setsAreReproducible() throws {
    let folder = try TemporaryFolder()
    for (name, count) in [("a", "3"), ("b", "5")] {
      let words = ["scenes", "-o", name, "--count", count, "--seed", "18446744073709551615"]
      #expect(try Program.run(words, in: folder.path).code == 0)
    }
    for file in ["images/000002.png", "masks/000002.png", "labels.txt"] {
      let bytes = try ["a", "b"].map {
        try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\($0)/\(file)"))
      }
      #expect(bytes[0] == bytes[1], "\(file)")
    }
  }

  @Test("a folder that holds anything is refused; --overwrite replaces scenes and nothing else")
  func foldersAreSafe() throws {
    let folder = try TemporaryFolder()
    let words = ["scenes", "-o", "set", "--count", "4"]
    #expect(try Program.run(words, in: folder.path).code == 0)
    let root = folder.path + "/set"
    try "mine".write(toFile: root + "/images/mine.txt", atomically: true, encoding: .utf8)
    let refused = try Program.run(words, in: folder.path)
    #expect(refused.code == 64)
    #expect(refused.errors.contains("--overwrite") && refused.errors.contains("-o set-2"))
    let again = try Program.run(
      ["scenes", "-o", "set", "--count", "2", "--layout", "folders", "--overwrite"],
      in: folder.path)
    #expect(again.code == 0, "\(again.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/images") == ["mine.txt"])
    #expect(!FileManager.default.fileExists(atPath: root + "/annotations.json"))
    #expect(!FileManager.default.fileExists(atPath: root + "/masks"))
    try "{}".write(toFile: root + "/annotations.json", atomically: true, encoding: .utf8)
    let foreign = try Program.run(words + ["--overwrite"], in: folder.path)
    #expect(foreign.code == 64 && foreign.errors.contains("not rendered here"))
    let file = try Program.run(["scenes", "-o", "set/images/mine.txt"], in: folder.path)
    #expect(file.code == 74 && file.errorLines.count == 1)
  }
}

/// What `annotations.json` says.
private struct Annotations: Decodable {
  /// A key of our own for one of COCO's.
  struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }

  /// COCO's keys in the spelling of Swift.
  @Sendable static func key(_ path: [any CodingKey]) -> any CodingKey {
    let names = ["file_name": "fileName", "image_id": "imageID", "category_id": "categoryID"]
    let key = path[path.count - 1]
    return key.intValue != nil ? key : Key(stringValue: names[key.stringValue] ?? key.stringValue)
  }

  struct Image: Decodable {
    let id: Int
    let fileName: String
    let width: Int
    let height: Int
    let mark: [Int]?
  }

  struct Note: Decodable {
    struct Segmentation: Decodable {
      let size: [Int]
      let counts: [Int]
    }

    let id: Int
    let imageID: Int
    let categoryID: Int
    let bbox: [Int]
    let area: Int
    let iscrowd: Int
    let segmentation: Segmentation

    /// Whether runs, area and box tell of the same pixels.
    var isConsistent: Bool {
      let height = segmentation.size[0]
      var (place, pixels) = (0, [Int]())
      for (run, length) in segmentation.counts.enumerated() {
        if run % 2 == 1 { pixels += place..<place + length }
        place += length
      }
      let (columns, rows) = (pixels.map { $0 / height }, pixels.map { $0 % height })
      guard let left = columns.min(), let right = columns.max(), let top = rows.min(),
        let bottom = rows.max()
      else { return false }
      return place == segmentation.size[0] * segmentation.size[1] && pixels.count == area
        && bbox == [left, top, right - left + 1, bottom - top + 1] && iscrowd == 0
    }
  }

  struct Category: Decodable {
    let id: Int
    let name: String
  }

  let images: [Image]
  let annotations: [Note]
  let categories: [Category]
}
