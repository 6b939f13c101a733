import Assets
import Imaging
import Jobs
import Mustache

/// Writes a report as pages that need nothing beside them: pictures are inside, nothing is fetched.
struct ReportPages: Sendable {
  /// The most images of a page.
  static let imagesMaximum = 500
  /// The most maps of a page: a browser holds it in memory.
  static let mapsMaximum = 2000
  /// The longer side of pictures in it, in pixels.
  static let side = 224

  private let summary: RunSummary
  private let record: RunRecord

  init(_ summary: RunSummary, _ record: RunRecord) {
    self.summary = summary
    self.record = record
  }

  /// Writes all pages.
  /// - Returns: the number of bytes.
  func write(_ images: [ReportImage.Lines]) async throws(Failure) -> Int {
    let template = try Self.template()
    let pages = Self.pages(images)
    var byteCount = 0
    for (number, page) in pages.enumerated() {
      guard !Task.isCancelled else { throw Failure(.interrupted, "", "interrupted") }
      let values = await self.values(of: page, number: number, of: pages)
      let text = template.render(values)
      try WholeFile.write(text, to: summary.job.folder.file(Self.name(number)))
      byteCount += text.utf8.count
    }
    return byteCount
  }

  /// `report.html`, `report-2.html`, ...
  static func name(_ number: Int) -> String {
    number == 0 ? "report.html" : "report-\(number + 1).html"
  }

  private static func template() throws(Failure) -> MustacheTemplate {
    let bytes = EmbeddedAssets.bytes(of: "report/page.mustache") ?? []
    do {
      return try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw Failure(.ours, "report.html", "its template is broken: \(error)")
    }
  }

  /// The most pages that so many images fill.
  static func countMaximum(images: Int, mapsPerImage: Int) -> Int {
    let least = max(1, min(imagesMaximum, mapsMaximum / max(1, mapsPerImage)))
    return max(1, (images + least - 1) / least)
  }

  /// Parts the images; there is one page even without any.
  static func pages(_ images: [ReportImage.Lines]) -> [ArraySlice<ReportImage.Lines>] {
    var pages: [ArraySlice<ReportImage.Lines>] = []
    var start = 0
    var mapCount = 0
    for (place, image) in images.enumerated() {
      let isFull =
        place - start >= imagesMaximum || mapCount + image.lines.count > mapsMaximum
      if isFull, place > start {
        pages.append(images[start..<place])
        (start, mapCount) = (place, 0)
      }
      mapCount += image.lines.count
    }
    return pages + [images[start...]]
  }

  // MARK: - Values for the template

  private func values(
    of page: ArraySlice<ReportImage.Lines>, number: Int, of pages: [ArraySlice<ReportImage.Lines>]
  ) async -> [String: Any] {
    let blocks = await concurrentMap(
      Array(page), threads: summary.job.threads, cost: summary.pixelCount
    ) { lines in
      ReportBlock(lines.image, in: summary)
    }
    let links = pages.indices.map { place -> [String: Any] in
      let first = pages[place].startIndex + 1
      return [
        "file": Self.name(place), "label": "\(first)-\(max(first, pages[place].endIndex))",
        "isHere": place == number,
      ]
    }
    var values: [String: Any] = [
      "title": "Salient: \(record.provenance.modelPath.split(separator: "/").last ?? "report")",
      "summary": totals, "command": record.command.joined(separator: " "),
      "facts": summary.facts.map { ["name": $0.name, "value": $0.value] },
      "hasPages": pages.count > 1, "pages": links,
      "failures": blocks.compactMap(\.failure), "images": blocks.compactMap(\.values),
    ]
    if let scale = colorScale { values["scale"] = scale }
    return values
  }

  private var totals: String {
    let totals = record.totals
    let done = totals.done + totals.resumed
    return "\(Quantity.count(done, "image")) explained, \(Quantity.grouped(totals.failed)) failed, "
      + "\(Quantity.count(totals.empty, "empty map")), "
      + Quantity.duration(seconds: totals.effort.seconds)
  }

  /// The colours from 0 to 1; none for a style that has its own.
  private var colorScale: [String: Any]? {
    let overlay = summary.job.drawing.overlay
    guard overlay.style != .torch7 else { return nil }
    let bar = ColorBar(overlay.colorMap).picture(width: 256)
    guard let image = DataURI(bar, as: .png) else { return nil }
    return [
      "image": image.text, "width": image.width, "height": image.height,
      "text": "0, no evidence, to 1, the most evidence of this map; "
        + "\(overlay.colorMap.rawValue) over the picture, style \(overlay.style.rawValue)",
    ]
  }
}
