import Evaluation

/// Where the pictures of COCO files are, by path and by name; empty for other sources.
struct CocoPlaces {
  private var places: [String: (file: Int, image: CocoFile.Image)] = [:]
  private var placesByName: [String: (file: Int, image: CocoFile.Image)?] = [:]

  init(_ source: RegionSource) {
    guard case .coco(let files) = source else { return }
    for (number, file) in files.enumerated() {
      for image in file.images {
        for path in file.paths(of: image) { places[InputList.plain(path)] = (number, image) }
        let name = image.path.split(separator: "/").last.map(String.init) ?? image.path
        placesByName[name] = placesByName[name] == nil ? .some((number, image)) : .some(nil)
      }
    }
  }

  /// The place of an input; nil where no file lists it, or several do by its name alone.
  func place(of input: Input) -> (file: Int, image: CocoFile.Image)? {
    let name = input.source.split(separator: "/").last.map(String.init) ?? input.source
    return places[InputList.plain(input.source)] ?? places[input.name] ?? placesByName[name] ?? nil
  }
}

extension RegionSource {
  /// What is written down of a picture; nil where the source does not have it.
  func stated(
    _ input: Input, _ places: CocoPlaces, named origin: String
  ) throws(Failure) -> StatedObjects? {
    switch self {
    case .coco(let files):
      return places.place(of: input).map { files[$0.file].stated($0.image, in: origin) }
    case .annotations(let folder): return try folder.annotation(for: input)?.stated()
    case .boxes(let table):
      return table.objects(for: input).map { StatedObjects(objects: $0, origin: origin) }
    }
  }

  /// The classes that the source lists, whether they occur or not; nil where it lists none.
  var classNames: [String]? {
    guard case .coco(let files) = self else { return nil }
    return files.flatMap(\.classNames)
  }

  /// All classes in an order that means something; empty where files differ, nil where none has one.
  var classOrder: [String]? {
    guard case .coco(let files) = self, let first = files.first?.classNames else { return nil }
    return files.allSatisfy { $0.classNames == first } ? first : []
  }
}
