import Imaging
import Jobs

/// One image on a page, as plain texts: the template decides where they stand.
struct ReportBlock: Sendable {
  private let image: ReportImage
  private let job: Job
  private let picture: DataURI?
  private let reason: String?
  private let overlays: [DataURI?]

  init(_ image: ReportImage, in summary: RunSummary) {
    self.image = image
    job = summary.job
    let thumbnails = summary.thumbnails(image, side: ReportPages.side)
    picture = image.records.isEmpty ? nil : thumbnails.picture.flatMap { DataURI($0) }
    reason = thumbnails.reason
    overlays = thumbnails.overlays.map { overlay in overlay.flatMap { DataURI($0) } }
  }

  /// Why the image could not be explained; nil where it could.
  var failure: [String: Any]? {
    guard let error = image.error else { return nil }
    var values: [String: Any] = [
      "image": image.name, "message": error["message"]?.string ?? "failed",
    ]
    values["hint"] = error["hint"]?.string
    return values
  }

  /// What the template shows of the image; nil where nothing was explained.
  var values: [String: Any]? {
    guard let first = image.records.first else { return nil }
    var values: [String: Any] = [
      "name": image.name, "size": Self.list(first["size"], joined: "x"),
      "maps": zip(image.records, overlays).map(map),
      "prediction": (first["prediction"]?.array ?? []).map(Self.prediction),
      "pictureReason": reason ?? "no picture", "region": Self.region(first),
      "isRegionPart": Self.isPart(first),
    ]
    values["picture"] = picture?.values(alt: image.name)
    if let truth = first["truth"]?.integer {
      let truths = first["truths"]?.array?.compactMap(\.integer) ?? []
      values["truth"] = (truths.isEmpty ? [truth] : truths).map { truth in
        job.labels?[truth].map { "\(truth), \($0)" } ?? String(truth)
      }.joined(separator: "; ")
      let isRight = first["correct"]?.flag ?? false
      values["verdict"] =
        ["text": isRight ? "right" : "wrong", "tone": isRight ? "good" : "bad"] as [String: Any]
    }
    return values
  }

  private func map(_ record: JSONValue, _ overlay: DataURI?) -> [String: Any] {
    let target = record["target"]
    let text = target?["text"]?.string ?? ""
    let label = target?["label"]?.string ?? target?["index"]?.integer.map(String.init)
    // `281` and `tabby` say it all; `top1` does not say which class that is.
    let name = label.map { $0 == text ? text : "\(text): \($0)" } ?? text
    var values: [String: Any] = [
      "method": record["method"]?.string ?? "", "target": name,
      "missing": "map not kept", "notes": (record["notes"]?.array ?? []).compactMap(\.string),
      "range":
        "before scaling \(Self.short(record["minimum"])) to \(Self.short(record["maximum"]))",
    ]
    values["value"] =
      target?["probability"]?.number.map { "p \(Quantity.fixed($0, 3))" }
      ?? target?["logit"]?.number.map { "logit \(Quantity.fixed($0, 2))" }
    if job.layers.count > 1 { values["layer"] = record["layer"]?.string }
    values["reason"] = record["reason"]?.string
    values["overlay"] = overlay?.values(alt: "\(image.name), \(name)")
    return values
  }

  private static func prediction(_ score: JSONValue) -> [String: Any] {
    let index = score["index"]?.integer.map(String.init) ?? ""
    let probability = score["probability"]?.number
    return [
      "label": score["label"]?.string ?? "class", "index": index,
      "probability": probability.map { Quantity.fixed($0, 3) } ?? "",
      "percent": Quantity.fixed(min(100, max(0, (probability ?? 0) * 100)), 0),
    ]
  }

  /// Whether the network saw less than the whole picture.
  private static func isPart(_ record: JSONValue) -> Bool {
    let size = (record["size"]?.array ?? []).compactMap(\.number)
    let region = (record["region"]?.array ?? []).compactMap(\.number)
    return size.count == 2 && region.count == 4 && region != [0, 0] + size
  }

  /// `442.8x442.8 from 27.7, 27.7 on`.
  private static func region(_ record: JSONValue) -> String {
    let values = (record["region"]?.array ?? []).map { JSONValue.array([$0]) }.map {
      list($0, joined: "")
    }
    guard values.count == 4 else { return "" }
    return "\(values[2])x\(values[3]) pixels from \(values[0]), \(values[1]) on"
  }

  private static func list(_ value: JSONValue?, joined separator: String) -> String {
    (value?.array ?? []).compactMap(\.number).map { number in
      number == number.rounded() ? Quantity.fixed(number, 0) : Quantity.fixed(number, 1)
    }.joined(separator: separator)
  }

  /// Three digits or so, `0.0123`, `7.7e-4`.
  private static func short(_ value: JSONValue?) -> String {
    guard let number = value?.number else { return "?" }
    var (size, exponent) = (abs(number), 0)
    guard size > 0, size < 1e-2 || size >= 1e5 else {
      return Quantity.fixed(number, size < 10 ? 3 : 1)
    }
    while size < 1 { (size, exponent) = (size * 10, exponent - 1) }
    while size >= 10 { (size, exponent) = (size / 10, exponent + 1) }
    return "\(number < 0 ? "-" : "")\(Quantity.fixed(size, 1))e\(exponent)"
  }
}
