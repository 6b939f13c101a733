import Foundation
import Imaging
import Testing

/// The page and the sheet that show a run.
@Suite struct ReportTests {
  func explain(_ words: [String], in folder: TemporaryFolder) throws -> Run {
    let common = ["--model", Program.model, "--device", "reference"]
    return try Program.run(["explain"] + common + words, in: folder.path)
  }

  func text(_ name: String, in folder: TemporaryFolder) throws -> String {
    String(decoding: try folder.bytes(name), as: UTF8.self)
  }

  @Test func thePageNeedsNothingBesideIt() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(64, 40), to: "in/a <b> & \"c\".png")
    try folder.write(try Pictures.jpeg(40, 64, seed: 1), to: "in/d.jpg")
    try folder.write(npy([3, 32, 32], picture()), to: "in/e.npy")
    try folder.write([1], to: "in/f.png")
    let run = try explain(
      ["in", "-o", "out", "--method", "grad-cam,group-cam:variant=head", "-t", "top2"], in: folder)
    #expect(run.code == 2, "\(run.errors)")
    let page = try text("out/report.html", in: folder)
    #expect(page.contains("default-src 'none'; img-src data:; style-src 'unsafe-inline'"))
    // Three pictures, each with the maps of two methods and two targets, and the colours.
    #expect(page.components(separatedBy: "src=\"data:image/").count - 1 == 3 * 5 + 1)
    #expect(
      page.components(separatedBy: "src=").count
        == page.components(separatedBy: "src=\"data:").count)
    for foreign in ["http:", "https:", "<script", "<link", "url(", "file:"] {
      #expect(!page.contains(foreign), "\(foreign)")
    }
    #expect(page.contains("a &lt;b&gt; &amp; &quot;c&quot;.png") && !page.contains("<b> &"))
    #expect(page.contains("group-cam_variant=head") && page.contains("prefers-color-scheme: dark"))
    #expect(page.contains("<b>f.png</b>: is neither PNG nor JPEG"))
    for fact in ["32x32 imagenet [assumed: the file states none]", "reference", "layer4.0 32x4x4"] {
      #expect(page.contains(fact), "\(fact)")
    }
  }

  @Test func anEmptyMapHasItsReasonOnThePage() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([5, 3, 32, 32], (0..<5).flatMap { picture($0) }), to: "a.npy")
    #expect(
      try explain(
        ["a.npy", "-o", "out", "--method", "grad-cam", "-t", "all"], in: folder
      ).code == 0)
    let records = try folder.records("out/results.jsonl")
    let reasons = Set(records.compactMap { $0["reason"] as? String })
    let page = try text("out/report.html", in: folder)
    #expect(!reasons.isEmpty)
    for reason in reasons {
      #expect(page.contains("empty: \(reason.replacingOccurrences(of: "'", with: "&#39;"))"))
    }
  }

  @Test func theSheetHasARowForEachImageAndAColumnForEachMap() throws {
    let folder = try TemporaryFolder()
    for number in 0..<43 {
      try folder.write(try Pictures.png(40, 30, seed: number), to: "in/\(number + 10).png")
    }
    let words = [
      "in", "-o", "out", "--save", "sheet", "--method", "grad-cam", "-t", "top1", "-t", "3",
    ]
    #expect(try explain(words, in: folder).code == 0)
    let first = try PictureFile(try folder.bytes("out/sheet.png")).picture
    let second = try PictureFile(try folder.bytes("out/sheet-2.png")).picture
    #expect(first.width == 8 + 3 * 168 && second.width == first.width)
    #expect((first.height - second.height) % 37 == 0)
    // A shorter run takes the second sheet away.
    #expect(try explain(["in/10.png"] + words.dropFirst() + ["--overwrite"], in: folder).code == 0)
    #expect(try folder.files(below: "out") == ["results.jsonl", "run.json", "sheet.png"])
  }

  @Test func everyColumnOfASheetShowsItsOwnMap() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(64, 40), to: "in/a.png")
    let words = ["in", "-o", "out", "--save", "sheet,overlay", "--method", "grad-cam", "-t", "all"]
    #expect(try explain(words, in: folder).code == 0)
    let sheet = try PictureFile(try folder.bytes("out/sheet.png")).picture
    #expect(sheet.width == 8 + 11 * 168)
    var tiles: Set<[UInt8]> = []
    for index in 0..<10 {
      let overlay = try PictureFile(
        try folder.bytes("out/overlays/a.png.grad-cam.c\(index).png")
      ).picture
      // Pictures that are small enough stand in the middle of their square as they are.
      let (left, top) = (8 + (index + 1) * 168 + 48, 48 + 12 + 60)
      var same = 0
      for y in 0..<40 {
        for x in 0..<64 where sheet[left + x, top + y] == overlay[x, y] { same += 1 }
      }
      #expect(same == 64 * 40, "column \(index)")
      tiles.insert(overlay.bytes)
    }
    #expect(tiles.count > 2)
  }

  @Test func longTextsOfFailuresBreak() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "in/\(String(repeating: "x", count: 180)).png")
    try folder.write(try Pictures.png(8, 8), to: "in/a.png")
    #expect(try explain(["in", "-o", "out", "--method", "grad-cam"], in: folder).code == 2)
    let page = try text("out/report.html", in: folder)
    #expect(page.contains("p { margin: .2rem 0; overflow-wrap: anywhere; }"))
    #expect(page.contains("<p class=\"bad\"><b>xxx"))
  }

  @Test func manyImagesTakeSeveralPages() throws {
    let folder = try TemporaryFolder()
    let image = picture()
    try folder.write(npy([501, 3, 32, 32], (0..<501).flatMap { _ in image }), to: "many.npy")
    let run = try Program.run(
      [
        "explain", "many.npy", "--model", Program.model, "--method", "grad-cam", "--save", "report",
        "-o", "out", "-q", "--batch-size", "64",
      ], in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    #expect(
      try folder.files(below: "out") == [
        "report-2.html", "report.html", "results.jsonl", "run.json",
      ])
    let first = try text("out/report.html", in: folder)
    #expect(first.contains(#"<a href="report-2.html">501-501</a>"#))
    #expect(first.components(separatedBy: "<article>").count - 1 == 500)
    let second = try text("out/report-2.html", in: folder)
    #expect(second.contains(#"<a href="report.html">1-500</a>"#))
    #expect(second.components(separatedBy: "<article>").count - 1 == 1)
  }

  @Test func aRunThatGoesOnShowsEverything() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(64, 40), to: "in/a.png")
    try folder.write(try Pictures.png(64, 40, seed: 1), to: "in/c.png")
    let words = [
      "in", "-o", "out", "--method", "grad-cam", "--save", "map,overlay,blend,sheet,report",
    ]
    #expect(try explain(words, in: folder).code == 0)
    try folder.write(try Pictures.png(64, 40, seed: 2), to: "in/b.png")
    try FileManager.default.removeItem(atPath: folder.file("out/overlays/c.png.grad-cam.top1.png"))
    let again = try explain(words + ["--resume"], in: folder)
    #expect(again.code == 0, "\(again.errors)")
    #expect(again.lines.last?.hasPrefix("2 done, 1 done before, ") == true)
    let page = try text("out/report.html", in: folder)
    let places = ["a.png", "b.png", "c.png"].compactMap {
      page.range(of: "<h2>\($0)</h2>")?.lowerBound
    }
    #expect(places.count == 3 && places == places.sorted())
    let refused = try explain(words + ["--resume", "--overlay", "blend"], in: folder)
    #expect(refused.code == 64)
    #expect(refused.errors.contains("--overlay was"))
    #expect(try explain(["in/a.png"] + words.dropFirst() + ["--overwrite"], in: folder).code == 0)
    #expect(
      try folder.files(below: "out/overlays") == [
        "a.png.grad-cam.top1.blend.png", "a.png.grad-cam.top1.png",
      ])
  }
}
