import Evaluation

/// The objects of the pictures of a run, their words read as classes of the network.
public struct RegionBook: Sendable {
  /// How many classes the data set has that the network knows, whether they occur or not.
  ///
  /// COCO lists its classes, and those of PASCAL VOC are known; the classes of any other source are
  /// taken to be the network's.
  public let classCount: Int
  /// What the user calls the source.
  let origin: String
  /// What is passed over of the objects, a line each.
  public private(set) var notes: [String] = []
  private let classes: [String: Int]
  /// What is written down of each picture, read once.
  private var stated: [String: Result<StatedObjects?, Failure>] = [:]

  /// The objects of pictures.
  /// - Parameters:
  ///   - source: where they are written down.
  ///   - origin: what the user calls it.
  ///   - inputs: the pictures.
  ///   - context: the classes of the network.
  /// - Throws: `Failure` where no class of the source is one of the network's.
  public init(
    _ source: RegionSource, named origin: String, for inputs: [Input], _ context: TargetContext
  ) throws(Failure) {
    self.origin = origin
    let places = CocoPlaces(source)
    for input in inputs where stated[input.name] == nil {
      stated[input.name] = Result { () throws(Failure) in
        try source.stated(input, places, named: origin)
      }
    }
    var words: Set<String> = []
    for case .success(let known?) in stated.values { words.formUnion(known.objects.map(\.word)) }
    let listed = source.classNames.map(Set.init)
    if let listed {
      words = listed
    } else if !words.isEmpty, words.isSubset(of: Self.voc) {
      words = Self.voc
    }
    classes = context.classes(of: words, order: source.classOrder).classes.compactMapValues(\.index)
    let isListed = listed != nil || words == Self.voc
    classCount = isListed ? Set(classes.values).count : context.classCount
    try checkClasses(words)
    notes = passedOver()
  }

  /// Objects of classes that the network does not have, counted.
  private func passedOver() -> [String] {
    var counts: [String: Int] = [:]
    for case .success(let known?) in stated.values {
      for object in known.objects where classes[object.word] == nil {
        counts[object.word, default: 0] += 1
      }
    }
    guard !counts.isEmpty else { return [] }
    let words = counts.keys.sorted()
    let more = words.count > 3 ? " and \(words.count - 3) more" : ""
    return [
      "\(origin): \(Quantity.count(counts.values.reduce(0, +), "object")) passed over, of classes"
        + " that the network does not have: \(words.prefix(3).joined(separator: ", "))\(more)"
    ]
  }

  /// The classes of PASCAL VOC.
  private static let voc: Set<String> = [
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train",
    "tvmonitor",
  ]

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
    guard let stated = try stated[input.name]?.get() else { return nil }
    try stated.size?.check(width: width, height: height, of: input.source, in: stated.origin)
    let objects = stated.objects.map { object in
      var object = object.placed(inWidth: width, height: height)
      object.classIndex = classes[object.word]
      return object
    }
    return PictureRegions(width: width, height: height, objects: objects)
  }

  /// The size that the source states of a picture; nil where it states none.
  func statedSize(of input: Input) -> StatedSize? { try? stated[input.name]?.get()?.size }

  /// The classes of the objects of a picture, each once, in order; none where it has only objects of
  /// other classes, and nil where the source does not have the picture.
  /// - Throws: `Failure` where its annotation is damaged.
  func classIndices(of input: Input) throws(Failure) -> [Int]? {
    try stated[input.name]?.get().map { stated in
      Set(stated.objects.compactMap { classes[$0.word] }).sorted()
    }
  }
}
