import FoundationEssentials
import Imaging

/// A file of COCO instances: pictures, classes, and the objects in them.
public struct CocoFile: Sendable {
  /// A picture.
  package struct Image: Sendable {
    let number: Int
    /// As the file has it, relative to the file's folder or to `images` in it.
    let path: String
    /// Its columns and rows, where they are stated.
    package let size: StatedSize?
  }

  private struct Object: Sendable {
    let area: Double
    let category: Int
    let region: Region?
  }

  /// The object that tells the class of a picture.
  package struct LargestObject: Sendable {
    /// Its class, an index into the names.
    package let label: Int
    /// Where it is; nil where no box of positive extent is stated.
    package let region: Region?
  }

  /// The pictures, in the order of the file.
  package let images: [Image]
  /// The classes by their number, sorted.
  package let classNames: [String]
  /// The numbers of the classes, sorted.
  private let categories: [Int]
  private let names: [Int: String]
  /// The objects of each picture, the largest first.
  private let objects: [Int: [Object]]
  /// What is marked in each picture, in the order of the file, where that was asked for.
  private let shapes: [Int: [CocoShape]]
  private let path: String
  private var folder: String { Files.folder(of: path) }

  /// Reads a file.
  /// - Parameters:
  ///   - path: where it is.
  ///   - readsShapes: whether boxes and masks are kept.
  /// - Throws: `Failure` where it is not there, or does not hold pictures in this form.
  public init(_ path: String, readsShapes: Bool = false) throws(Failure) {
    let bytes = try Files.contents(of: path, limit: 1 << 30)
    let document: Document
    let decoder = JSONDecoder()
    decoder.userInfo[CocoShape.isWanted] = readsShapes
    do {
      document = try decoder.decode(Document.self, from: Data(bytes))
    } catch {
      throw Self.damage(error, in: path, bytes)
    }
    guard !document.images.contains(where: { $0.path.contains("\0") }) else {
      throw Failure(.content, path, "a file_name holds a zero byte")
    }
    if let image = document.images.first(where: { $0.path.split(separator: "/").contains("..") }) {
      throw Failure(
        .content, path, "file_name \(image.path) leads out of the data set",
        try: "keep the pictures beside the file")
    }
    self.path = path
    images = document.images.map {
      Image(
        number: $0.id, path: $0.path, size: StatedSize(width: $0.width, height: $0.height))
    }
    let categories = (document.categories ?? []).sorted { $0.id < $1.id }
    self.categories = categories.map(\.id)
    classNames = categories.map(\.name)
    names = Dictionary(categories.map { ($0.id, $0.name) }) { first, _ in first }
    var objects: [Int: [Object]] = [:]
    for annotation in document.annotations ?? [] where !annotation.isCrowd {
      let region = annotation.box.region
      let object = Object(
        area: annotation.area ?? region.map { $0.width * $0.height } ?? 0,
        category: annotation.category, region: region)
      objects[annotation.image, default: []].append(object)
    }
    // The first of two equal ones counts: sorting keeps the order of equals.
    self.objects = objects.mapValues { $0.sorted { $0.area > $1.area } }
    var shapes: [Int: [CocoShape]] = [:]
    for annotation in document.annotations ?? [] {
      if let shape = annotation.shape { shapes[annotation.image, default: []].append(shape) }
    }
    self.shapes = shapes
  }

  /// What is marked in a picture, with the names of its classes, in the order of the file.
  func shapes(of image: Image) -> [(word: String?, shape: CocoShape)] {
    (shapes[image.number] ?? []).map { (names[$0.category], $0) }
  }

  /// The classes of the objects of a picture, that of the largest one first.
  func classes(of image: Image) -> [String] {
    (objects[image.number] ?? []).compactMap { names[$0.category] }
  }

  /// The largest object of a picture; nil where it has none.
  /// - Throws: `Failure` where the class is not listed.
  package func largestObject(of image: Image) throws(Failure) -> LargestObject? {
    guard let object = objects[image.number]?.first else { return nil }
    guard let index = categories.firstIndex(of: object.category) else {
      throw Failure(
        .content, path,
        "an object of \(image.path) is of category \(object.category), none of those listed",
        try: "list it under categories")
    }
    return LargestObject(label: index, region: object.region)
  }

  /// Where a picture may lie.
  func paths(of image: Image) -> [String] {
    image.path.hasPrefix("/")
      ? [image.path] : ["\(folder)/\(image.path)", "\(folder)/images/\(image.path)"]
  }

  /// The pictures with their names inside the folder; those that are not there keep the first place.
  package func files() -> [(path: String, inside: String)] {
    images.map { image in
      let path = paths(of: image).first { Files.kind(of: $0) == .file }
      let found = path ?? paths(of: image)[0]
      let prefix = "\(folder)/"
      let inside = found.hasPrefix(prefix) ? String(found.dropFirst(prefix.count)) : found
      return (found, InputList.plain(inside))
    }
  }
}
