import Evaluation

/// Where the objects of pictures are written down.
public enum RegionSource: Sendable {
  /// COCO instances, and what `salient scenes` writes.
  case coco([CocoFile])
  /// PASCAL VOC or ImageNet annotations: a file for each picture.
  case annotations(AnnotationFolder)
  /// A table of ImageNet's boxes.
  case boxes(BoxTable)

  /// Opens what the user named for true classes; nil where it says nothing of places.
  /// - Throws: `Failure` where it is not there or damaged.
  public init?(_ text: String) throws(Failure) {
    guard text != "folders" else { return nil }
    let stated = "\(text)/annotations.json"
    if Files.kind(of: text) == .folder, Files.kind(of: stated) == .file {
      try self.init(dataSets: [stated])
    } else if InputList.suffix(text) == ".json", Files.kind(of: text) != .folder {
      try self.init(dataSets: [text])
    } else {
      switch try TruthSource(text) {
      case .folders, .table: return nil
      case .annotations(let folder): self = .annotations(folder)
      case .boxes(let table): self = .boxes(table)
      }
    }
  }

  /// The annotations of data sets, by the paths of their files.
  /// - Throws: `Failure` where one cannot be read.
  public init(dataSets paths: [String]) throws(Failure) {
    var files: [CocoFile] = []
    for path in paths { files.append(try CocoFile(path, readsShapes: true)) }
    self = .coco(files)
  }
}

/// The objects of one picture as its annotation has them.
struct StatedObjects: Sendable {
  /// The objects; their words are not classes yet.
  var objects: [RegionObject]
  /// The size of the picture, where it is stated.
  var size: StatedSize?
  /// The file.
  var origin: String
}

extension CocoFile {
  /// The objects of a picture; what makes no sense stays with its object.
  func stated(_ image: Image, in path: String) -> StatedObjects {
    let objects = shapes(of: image).map { word, shape in
      RegionObject(
        word: word ?? "category \(shape.category), not listed", box: shape.box,
        outline: shape.outline, isCrowd: shape.isCrowd, damage: shape.damage)
    }
    return StatedObjects(
      objects: objects, size: image.size, origin: path)
  }
}

extension Annotation {
  /// The objects of the picture; what makes no sense stays with its object.
  ///
  /// PASCAL VOC counts corners from 1; ImageNet, which says so in its `database` or `folder`, from 0.
  /// Both corners belong to the box.
  func stated() -> StatedObjects {
    let origin = ["source/database", "folder"].map { (facts[$0] ?? "").lowercased() }
    let isImageNet = origin.contains { $0.contains("ilsvrc") || $0.contains("imagenet") }
    let stated = objects.map { values in
      var object = RegionObject(
        word: (values["name"] ?? "").trimmed, isDifficult: Self.flag(values["difficult"]),
        isCrowd: Self.flag(values["iscrowd"]))
      do throws(RegionError) {
        object.box = try Self.box(values, from: isImageNet ? 0 : 1)
      } catch {
        object.damage = error.description
      }
      return object
    }
    return StatedObjects(
      objects: stated,
      size: StatedSize(
        width: Self.side(facts["size/width"]), height: Self.side(facts["size/height"])),
      origin: path)
  }

  private static func box(
    _ values: [String: String], from first: Double
  ) throws(RegionError) -> RegionBox? {
    let texts = ["xmin", "ymin", "xmax", "ymax"].map { values["bndbox/\($0)"] }
    guard texts.contains(where: { $0 != nil }) else { return nil }
    let corners = texts.compactMap { $0.flatMap { Double($0.trimmed) } }
      .filter { abs($0) < 1e9 }.map { Int(($0 - first).rounded()) }
    guard corners.count == 4 else {
      throw RegionError("a bndbox without four numbers")
    }
    guard corners[0] <= corners[2], corners[1] <= corners[3] else {
      throw RegionError("a bndbox that ends before it begins")
    }
    return RegionBox(left: corners[0], top: corners[1], right: corners[2], bottom: corners[3])
  }

  private static func flag(_ text: String?) -> Bool {
    ["1", "true", "yes"].contains((text ?? "").trimmed.lowercased())
  }

  /// A side of the picture; some tools write 0 where they do not know it.
  private static func side(_ text: String?) -> Int? {
    text.flatMap { Int($0.trimmed) }.flatMap { $0 > 0 ? $0 : nil }
  }
}
