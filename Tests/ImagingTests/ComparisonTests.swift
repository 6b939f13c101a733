import FoundationEssentials
import Imaging
import Testing

/// The Swift half of `Tools/reference/pixels.py`.
///
/// The script writes cases to a folder and names it in the environment; this suite answers with
/// check sums, which the script compares. So the product holds no code for tests, and the truth
/// stays on the other side. Without the variable the suite is skipped.
@Suite(
  "Large comparison with torchvision",
  .enabled(if: Comparison.folder != nil, "Tools/reference/pixels.py runs it"))
struct ComparisonTests {
  @Test("every case of pixels.py is answered")
  func answersCases() throws {
    let folder = try #require(Comparison.folder)
    let text = try String(contentsOf: folder.appending(path: "cases.txt"), encoding: .utf8)
    var answers = ""
    for line in text.split(separator: "\n") {
      answers += try Comparison.answer(line.split(separator: " ").map(String.init), folder) + "\n"
    }
    #expect(!answers.isEmpty)
    try answers.write(
      to: folder.appending(path: "answers.txt"), atomically: true, encoding: .utf8)
  }
}

/// One line a case in, one line out.
enum Comparison {
  static var folder: URL? {
    ProcessInfo.processInfo.environment["SALIENT_PIXEL_CASES"].map { URL(filePath: $0) }
  }

  static func answer(_ words: [String], _ folder: URL) throws -> String {
    switch words[0] {
    case "file":
      // file NAME: decoded bytes, and what the preset imagenet makes of them.
      let file = folder.appending(path: words[1])
      let decoded = try PictureFile([UInt8](Data(contentsOf: file)))
      let prepared = try Preset.imagenet.apply(to: decoded.picture)
      return "\(crc32(decoded.picture.bytes)) \(crc32(prepared.picture.bytes))"
    case "resize":
      // resize SEED WIDTH HEIGHT WIDTH HEIGHT FILTER
      let numbers = words[1...5].compactMap { Int($0) }
      try #require(numbers.count == 5)
      let filter = try #require(Interpolation(rawValue: words[6]))
      let resized = noise(width: numbers[1], height: numbers[2], seed: numbers[0])
        .resized(width: numbers[3], height: numbers[4], filter)
      return "\(crc32(resized.bytes))"
    default:
      Issue.record("\(words[0]) is no kind of case")
      return "?"
    }
  }
}
