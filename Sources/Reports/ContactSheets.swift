import Imaging
import Jobs

/// Writes sheets of a run: a row for each image, a column for each method, target and layer.
struct ContactSheets: Sendable {
  /// The longer side of a picture, in pixels.
  static let side = 160
  /// The most columns of maps; a wider picture cannot be looked at.
  static let columnsMaximum = 60
  /// The most rows of a sheet.
  static let rowsMaximum = 40
  /// The most pixels of the rows of a sheet, as long as there is one row.
  static let pixelsMaximum = 24_000_000

  private static let margin = 8
  private static let lineHeight = 12
  /// Three lines above the columns.
  private static let headHeight = 3 * lineHeight + margin + 4
  /// The name above a row, the picture, a line below it.
  private static let rowHeight = side + 2 * lineHeight + margin

  private let summary: RunSummary
  private let columns: [Column]

  /// What one column shows.
  private struct Column: Sendable {
    let key: MapKey
    /// What stands above it, line by line.
    let head: [String]

    init(_ method: MethodRequest, _ target: TargetRequest, _ layer: LayerRequest, of job: Job) {
      key = MapKey(method, target, layer)
      let label = target.index.flatMap { index in
        target.text == String(index) ? job.labels?[index]?.split(separator: ",").first : nil
      }
      head =
        [method.name, label.map { "\($0) \(target.text)" } ?? target.text]
        + (job.layers.count > 1 && layer.isLayer ? [layer.name] : [])
    }
  }

  init(_ summary: RunSummary) {
    self.summary = summary
    let job = summary.job
    columns = job.methods.flatMap { method in
      job.targets.flatMap { target in
        job.layers(of: method).map { layer in Column(method, target, layer, of: job) }
      }
    }
  }

  /// The most sheets that so many images fill.
  func countMaximum(images: Int) -> Int { (images + rowCount - 1) / rowCount }

  /// The number of sheets.
  func count(_ images: [ReportImage.Lines]) -> Int {
    let explained = images.count { lines in !lines.image.records.isEmpty }
    return (explained + rowCount - 1) / rowCount
  }

  /// The images of a sheet.
  private var rowCount: Int {
    min(Self.rowsMaximum, max(1, Self.pixelsMaximum / (width * Self.rowHeight)))
  }

  /// Writes all sheets.
  /// - Returns: the number of bytes.
  func write(_ images: [ReportImage.Lines]) async throws(Failure) -> Int {
    let explained = images.filter { lines in !lines.image.records.isEmpty }
    var byteCount = 0
    var number = 0
    for start in stride(from: 0, to: explained.count, by: rowCount) {
      guard !Task.isCancelled else { throw Failure(.interrupted, "", "interrupted") }
      let rows = Array(explained[start..<min(start + rowCount, explained.count)])
      let name = number == 0 ? "sheet.png" : "sheet-\(number + 1).png"
      let path = summary.job.folder.file(name)
      let bytes: [UInt8]
      do throws(ImagingError) {
        bytes = try await sheet(of: rows).png()
      } catch {
        throw Failure(error, at: path)
      }
      try WholeFile.write(bytes, to: path)
      byteCount += bytes.count
      number += 1
    }
    return byteCount
  }

  private var width: Int {
    Self.margin + (min(columns.count, Self.columnsMaximum) + 1) * (Self.side + Self.margin)
  }

  private func sheet(of rows: [ReportImage.Lines]) async -> Picture {
    let shown = columns.prefix(Self.columnsMaximum)
    var sheet = Picture(
      width: width,
      height: Self.headHeight + rows.count * Self.rowHeight + Self.margin, filledWith: .white)
    head(of: shown, on: &sheet)
    let cells = await concurrentMap(rows, threads: summary.job.threads, cost: summary.pixelCount) {
      lines in
      let image = lines.image
      return (image, summary.thumbnails(image, side: Self.side))
    }
    for (place, (image, thumbnails)) in cells.enumerated() {
      let y = Self.headHeight + place * Self.rowHeight
      row(image, thumbnails, shown, y: y, on: &sheet)
    }
    return sheet
  }

  private func head(of shown: ArraySlice<Column>, on sheet: inout Picture) {
    let more = columns.count - shown.count
    write("picture", column: 0, y: Self.margin, on: &sheet)
    write(
      "each map has its own scale", column: 0, y: Self.margin + 2 * Self.lineHeight,
      color: Color(gray: 90), on: &sheet)
    if more > 0 {
      write("\(more) columns left out", column: 0, y: Self.margin + Self.lineHeight, on: &sheet)
    }
    for (place, column) in shown.enumerated() {
      for (line, text) in column.head.enumerated() {
        write(
          text, column: place + 1, y: Self.margin + line * Self.lineHeight,
          color: line == 0 ? .black : Color(gray: 90), on: &sheet)
      }
    }
  }

  private func row(
    _ image: ReportImage, _ thumbnails: Thumbnails, _ shown: ArraySlice<Column>, y: Int,
    on sheet: inout Picture
  ) {
    sheet.fill(
      x: Self.margin, y: y - 3, width: sheet.width - 2 * Self.margin, height: 1,
      with: Color(gray: 215))
    let name = Picture.shortened(image.name, width: sheet.width - 2 * Self.margin)
    sheet.write(name, x: Self.margin, y: y)
    let top = y + Self.lineHeight
    paste(thumbnails.picture, column: 0, y: top, on: &sheet)
    let keys = image.records.map { MapKey($0) }
    for (place, column) in shown.enumerated() {
      guard let index = keys.firstIndex(of: column.key) else { continue }
      let record = image.records[index]
      paste(thumbnails.overlays[index], column: place + 1, y: top, on: &sheet)
      let isEmpty = record["degenerate"]?.flag ?? false
      write(
        Self.caption(record) + (isEmpty ? " empty" : ""), column: place + 1, y: top + Self.side + 2,
        color: isEmpty ? Color(170, 50, 30) : Color(gray: 60), on: &sheet)
    }
  }

  /// `tabby 0.83`.
  private static func caption(_ record: JSONValue) -> String {
    let target = record["target"]
    let label = target?["label"]?.string?.split(separator: ",").first.map(String.init)
    let name = label ?? target?["index"]?.integer.map(String.init)
    let value = target?["probability"]?.number ?? target?["logit"]?.number
    return [name, value.map { Quantity.fixed($0, 2) }].compactMap { $0 }.joined(separator: " ")
  }

  private func paste(_ picture: Picture?, column: Int, y: Int, on sheet: inout Picture) {
    let x = Self.margin + column * (Self.side + Self.margin)
    guard let picture else {
      sheet.frame(x: x, y: y, width: Self.side, height: Self.side, with: Color(gray: 200))
      return
    }
    // Pictures stand in the middle of their square.
    sheet.paste(
      picture, x: x + (Self.side - picture.width) / 2, y: y + (Self.side - picture.height) / 2)
  }

  private func write(
    _ text: String, column: Int, y: Int, color: Color = .black, on sheet: inout Picture
  ) {
    let x = Self.margin + column * (Self.side + Self.margin)
    sheet.write(Picture.shortened(text, width: Self.side), x: x, y: y, color: color)
  }
}
