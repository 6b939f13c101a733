import Foundation
import Testing

/// Python, where the machine has one.
enum Python {
  static let isThere: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", ""]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()
}

/// Rendered scenes of ten of the twelve classes, for a network of ten, in every kind of annotation.
struct SceneFiles {
  let folder: TemporaryFolder
  let labels = "labels.txt"
  private let annotations: [String: Any]

  init(in folder: TemporaryFolder, count: Int) throws {
    self.folder = folder
    let run = try Program.run(
      ["scenes", "-o", "set", "--count", "\(count)", "--seed", "9"], in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    let names = String(decoding: try folder.bytes("set/labels.txt"), as: UTF8.self)
      .split(separator: "\n")
    try folder.write(Array(names.prefix(10).joined(separator: "\n").utf8), to: labels)
    annotations = try folder.document("set/annotations.json")
  }

  private func list(_ key: String) throws -> [[String: Any]] {
    try #require(annotations[key] as? [[String: Any]])
  }

  /// Writes the pictures once more, and COCO, VOC, ImageNet's files and table beside them.
  func writeOthers() throws {
    var words: [Int: String] = [:]
    for category in try list("categories") {
      words[try #require(category["id"] as? Int)] = category["name"] as? String
    }
    var rows = "ImageId,PredictionString\n"
    var images: [[String: Any]] = []
    var objects = try list("annotations")
    for image in try list("images") {
      let number = try #require(image["id"] as? Int)
      let name = try #require((image["file_name"] as? String)?.split(separator: "/").last)
      let stem = name.dropLast(4)
      try folder.write(try folder.bytes("set/images/\(name)"), to: "plain/\(name)")
      var copy = image
      copy["file_name"] = "plain/\(name)"
      images.append(copy)
      var (voc, imageNet, row) = ("", "", [String]())
      for object in objects where object["image_id"] as? Int == number {
        let box = try #require(object["bbox"] as? [Int])
        let word = words[object["category_id"] as? Int ?? 0] ?? ""
        voc += xml(word, box, from: 1)
        imageNet += xml(word, box, from: 0)
        row.append("\(word) \(box[0]) \(box[1]) \(box[0] + box[2] - 1) \(box[1] + box[3] - 1)")
      }
      try folder.write(Array("<annotation>\(voc)</annotation>".utf8), to: "voc/\(stem).xml")
      let head = "<folder>val</folder><source><database>ILSVRC_2012</database></source>"
      try folder.write(
        Array("<annotation>\(head)\(imageNet)</annotation>".utf8), to: "imagenet/\(stem).xml")
      rows += "\(stem),\(row.joined(separator: " "))\n"
    }
    try folder.write(Array(rows.utf8), to: "boxes.csv")
    var other = annotations
    other["images"] = images
    for place in objects.indices {
      guard var mask = objects[place]["segmentation"] as? [String: Any],
        let runs = mask["counts"] as? [Int]
      else { continue }
      mask["counts"] = packed(runs)
      objects[place]["segmentation"] = mask
    }
    other["annotations"] = objects
    try folder.write(
      [UInt8](try JSONSerialization.data(withJSONObject: other)), to: "packed.json")
    for place in objects.indices { objects[place]["segmentation"] = nil }
    other["annotations"] = objects
    try folder.write([UInt8](try JSONSerialization.data(withJSONObject: other)), to: "coco.json")
  }

  private func xml(_ word: String, _ box: [Int], from first: Int) -> String {
    let (left, top) = (box[0] + first, box[1] + first)
    return "<object><name>\(word)</name><difficult>0</difficult><bndbox><xmin>\(left)</xmin>"
      + "<ymin>\(top)</ymin><xmax>\(left + box[2] - 1)</xmax><ymax>\(top + box[3] - 1)</ymax>"
      + "</bndbox></object>"
  }

  /// COCO's compressed run lengths.
  private func packed(_ runs: [Int]) -> String {
    var text = ""
    for (place, run) in runs.enumerated() {
      var rest = place > 2 ? run - runs[place - 2] : run
      var isOpen = true
      while isOpen {
        var digit = rest & 31
        rest >>= 5
        isOpen = digit & 16 != 0 ? rest != -1 : rest != 0
        if isOpen { digit |= 32 }
        text.unicodeScalars.append(Unicode.Scalar(UInt8(digit + 48)))
      }
    }
    return text
  }
}
