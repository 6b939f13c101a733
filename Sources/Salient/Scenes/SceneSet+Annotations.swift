import Jobs
import Scenes

/// What the annotations say about a scene.
struct SceneNote: Sendable {
  /// An object with the runs of its pixels.
  struct Object: Sendable {
    let kind: ObjectClass
    let box: PixelBox
    let pixelCount: Int
    /// COCO's run lengths: columns from the left, each from the top; background first.
    let runs: [Int]
  }

  let number: Int
  let objects: [Object]
  let mark: PixelBox?

  init(_ number: Int, _ scene: Scene) {
    self.number = number
    self.mark = scene.mark
    objects = scene.objects.enumerated().map { place, object in
      Object(
        kind: object.kind, box: object.box, pixelCount: object.pixelCount,
        runs: Self.runs(of: UInt8(place + 1), in: scene))
    }
  }

  private static func runs(of label: UInt8, in scene: Scene) -> [Int] {
    let (width, height) = (scene.mask.width, scene.mask.height)
    var runs: [Int] = []
    var (isInside, length) = (false, 0)
    for x in 0..<width {
      for y in 0..<height {
        if (scene.mask.values[y * width + x] == label) != isInside {
          runs.append(length)
          (isInside, length) = (!isInside, 0)
        }
        length += 1
      }
    }
    return runs + [length]
  }
}

extension SceneSet {
  /// `annotations.json`: COCO's instances; a planted mark is the `mark` of its picture.
  func annotations(_ notes: [SceneNote]) -> String {
    var lines: [String] = []
    let (width, height) = (renderer.options.width, renderer.options.height)
    let images = notes.map { note in
      var members: [JSONValue.Member] = [
        .init("id", .integer(note.number + 1)),
        .init("file_name", .string("images/\(Self.name(note.number))")),
        .init("width", .integer(width)), .init("height", .integer(height)),
      ]
      if let mark = note.mark { members.append(.init("mark", box(mark))) }
      return JSONValue.object(members).description
    }
    for note in notes {
      for object in note.objects {
        let annotation: JSONValue = [
          "id": .integer(lines.count + 1), "image_id": .integer(note.number + 1),
          "category_id": .integer(object.kind.index + 1), "bbox": box(object.box),
          "area": .integer(object.pixelCount), "iscrowd": .integer(0),
          "segmentation": [
            "size": .array([.integer(height), .integer(width)]),
            "counts": .array(object.runs.map(JSONValue.integer)),
          ],
        ]
        lines.append(annotation.description)
      }
    }
    let categories = ObjectClass.allCases.map { kind -> String in
      let category: JSONValue = [
        "id": .integer(kind.index + 1), "name": .string(kind.rawValue),
        "supercategory": .string("object"),
      ]
      return category.description
    }
    let parts = [
      "\"info\": \(information)", list("images", images), list("annotations", lines),
      list("categories", categories),
    ]
    return "{\n" + parts.joined(separator: ",\n") + "\n}\n"
  }

  /// How the set was made.
  private var information: JSONValue {
    let options = renderer.options
    return [
      "description": .string("rendered by salient scenes"), "version": .string(Salient.version),
      "seed": .string(String(renderer.seed)), "split": .string(options.split.rawValue),
      "shortcut": .text(options.shortcut?.rawValue),
    ]
  }

  private func list(_ key: String, _ lines: [String]) -> String {
    "\"\(key)\": [\n" + lines.joined(separator: ",\n") + "\n]"
  }

  private func box(_ box: PixelBox) -> JSONValue {
    .array([box.x, box.y, box.width, box.height].map(JSONValue.integer))
  }
}
