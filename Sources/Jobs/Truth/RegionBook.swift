import Evaluation

/// The objects of the pictures of a run, their words read as classes of the network.
public struct RegionBook: Sendable {
  /// How many classes the source has, where it lists them.
  public let classCount: Int?
  private let source: RegionSource
  /// What the user calls the source.
  let origin: String
  private var classes: [String: Int]
  private var places: [String: (file: Int, image: CocoFile.Image)] = [:]
  private var placesByName: [String: (file: Int, image: CocoFile.Image)?] = [:]

  /// The objects of pictures.
  /// - Parameters:
  ///   - source: where they are written down.
  ///   - origin: what the user calls it.
  ///   - inputs: the pictures; their files are read for the words that stand for classes.
  ///   - context: the classes of the network.
  /// - Throws: `Failure` where no class of the source is one of the network's.
  public init(
    _ source: RegionSource, named origin: String, for inputs: [Input], _ context: TargetContext
  ) throws(Failure) {
    self.source = source
    self.origin = origin
    var words: Set<String> = []
    var order: [String]?
    if case .coco(let files) = source {
      for (number, file) in files.enumerated() {
        order = order == nil || order == file.classNames ? file.classNames : []
        for image in file.images {
          for path in file.paths(of: image) { places[InputList.plain(path)] = (number, image) }
          let name = image.path.split(separator: "/").last.map(String.init) ?? image.path
          placesByName[name] = placesByName[name] == nil ? .some((number, image)) : .some(nil)
        }
      }
      words = Set(files.flatMap(\.classNames))
    }
    classCount = order.flatMap { $0.isEmpty ? nil : $0.count }
    classes = [:]
    guard case .coco = source else {
      for input in inputs {
        for object in (try? stated(input))?.objects ?? [] { words.insert(object.word) }
      }
      classes = context.classes(of: words, order: nil).compactMapValues(\.index)
      try checkClasses(words)
      return
    }
    classes = context.classes(of: words, order: order).compactMapValues(\.index)
    try checkClasses(words)
  }

  private func checkClasses(_ words: Set<String>) throws(Failure) {
    guard classes.isEmpty, let first = words.sorted().first else { return }
    throw Failure(
      .content, origin, "none of its classes is one of the network's; \(first) is not",
      try: "labels must be those of the network; give --labels")
  }

  /// The objects of a picture of this size; nil where the source does not have the picture.
  /// - Throws: `Failure` where its annotation is damaged or of another picture.
  public func regions(
    of input: Input, width: Int, height: Int
  ) throws(Failure) -> PictureRegions? {
    guard let stated = try stated(input) else { return nil }
    if let statedWidth = stated.width, let statedHeight = stated.height,
      (statedWidth, statedHeight) != (width, height)
    {
      let isTurned = (statedWidth, statedHeight) == (height, width)
      throw Failure(
        .content, stated.origin,
        "is for a picture of \(statedWidth)x\(statedHeight); \(input.source) has \(width)x\(height)",
        try: isTurned ? "was it turned as its EXIF says? --exif ignore" : nil)
    }
    let objects = stated.objects.map { object in
      var object = object
      object.classIndex = classes[object.word]
      return object
    }
    return PictureRegions(width: width, height: height, objects: objects)
  }

  /// The classes of the objects of a picture, each once, in order; none where the source does not have
  /// the picture, or only objects of other classes.
  /// - Throws: `Failure` where its annotation is damaged.
  func classIndices(of input: Input) throws(Failure) -> [Int] {
    let objects = try stated(input)?.objects ?? []
    return Set(objects.compactMap { classes[$0.word] }).sorted()
  }

  private func stated(_ input: Input) throws(Failure) -> StatedObjects? {
    switch source {
    case .coco(let files):
      let name = input.source.split(separator: "/").last.map(String.init) ?? input.source
      guard
        let place = places[InputList.plain(input.source)] ?? places[input.name]
          ?? placesByName[name] ?? nil
      else { return nil }
      return try files[place.file].stated(place.image, in: origin)
    case .annotations(let folder): return try folder.annotation(for: input)?.stated()
    case .boxes(let table):
      return table.objects(for: input).map { StatedObjects(objects: $0, origin: origin) }
    }
  }
}
