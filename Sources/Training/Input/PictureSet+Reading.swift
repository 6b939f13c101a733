import Imaging
import Jobs

extension PictureSet {
  /// Finds the pictures of a folder: a folder for each class, or a data set.
  ///
  /// Classes are the sorted names of the folders, and a picture is of the class whose folder it lies
  /// in, at any depth. A folder with `annotations.json` is a data set in COCO's form: its classes are
  /// the listed ones in the order of their numbers, and a picture is of the class of its largest
  /// object. Hidden files and the folders of runs are passed over.
  /// - Parameters:
  ///   - path: the folder.
  ///   - outputFolder: passed over where it lies inside.
  ///   - ofKnownClasses: whether others than these pictures tell the classes: then one will do.
  /// - Throws: `Failure` where there is no such folder, it has fewer than two classes, a class folder
  ///   has no picture or a name that is no text, or an object is of a class that is not listed.
  public init(
    _ path: String, outputFolder: String, ofKnownClasses: Bool = false
  ) throws(Failure) {
    guard Files.kind(of: path) == .folder else {
      throw Failure(
        .missing, path, "no such folder",
        try: "give a folder with a folder of pictures for each class, or a data set")
    }
    let root = path.last == "/" && path.count > 1 ? String(path.dropLast()) : path
    if Files.kind(of: "\(root)/annotations.json") == .file {
      self = try Self.dataSet(root, outputFolder)
    } else {
      self = try Self.classFolders(root, outputFolder, fewest: ofKnownClasses ? 1 : 2)
    }
  }

  private static func classFolders(
    _ root: String, _ outputFolder: String, fewest: Int
  ) throws(Failure) -> PictureSet {
    let names = try classNames(in: root, outputFolder)
    guard names.count >= fewest else {
      throw Failure(
        .content, root, names.first.map { "\($0) is its only class" } ?? "no class folders",
        try: "make a folder of pictures for each class" + (fewest > 1 ? ", at least two" : ""))
    }
    var set = PictureSet(path: root, classNames: names)
    for (label, name) in names.enumerated() {
      let folder = "\(root)/\(name)"
      let list = try InputList(
        resolving: InputRequest(words: [folder], outputFolder: outputFolder))
      guard list.dataSets.isEmpty else {
        throw Failure(.content, folder, "is a data set inside of a class", try: "name it alone")
      }
      let before = set.samples.count
      set.passedOver.merge(list.passedOver) { $0 + $1 }
      for input in list.inputs { set.add(input, named: "\(name)/\(input.name)", label) }
      guard set.samples.count > before else {
        let kinds = list.passedOver.isEmpty ? "" : " (\(list.passedOverKinds) passed over)"
        throw Failure(
          .content, folder, "an empty class: no readable PNG or JPEG below it\(kinds)",
          try: "put pictures there, or remove the folder")
      }
    }
    return set
  }

  /// The names of the class folders: what is hidden or a run's is none.
  private static func classNames(
    in root: String, _ outputFolder: String
  ) throws(Failure) -> [String] {
    var names: [String] = []
    for name in InputList.names(in: root) where !name.hasPrefix(".") {
      let path = "\(root)/\(name)"
      switch Files.kind(of: path) {
      case nil where name.contains("\u{FFFD}"):
        throw Failure(.missing, path, "its name is not UTF-8", try: "rename it")
      case .folder
      where !isOfRun(path) && Files.identity(of: path) != Files.identity(of: outputFolder):
        names.append(name)
      default: break
      }
    }
    return names
  }

  /// Whether a run lies there, or what `--preview` shows of one that is yet to begin.
  private static func isOfRun(_ path: String) -> Bool {
    ["run.json", "preview/000-read.png"].contains { Files.kind(of: "\(path)/\($0)") != nil }
  }

  private static func dataSet(
    _ root: String, _ outputFolder: String
  ) throws(Failure) -> PictureSet {
    let file = try CocoFile("\(root)/annotations.json")
    guard file.classNames.count > 1 else {
      throw Failure(
        .content, "\(root)/annotations.json", "lists fewer than two categories",
        try: "list every class under categories")
    }
    var set = PictureSet(path: root, classNames: file.classNames)
    let list = try InputList(resolving: InputRequest(words: [root], outputFolder: outputFolder))
    // The list has the pictures in the order of the file, each once, arrays perhaps in several rows.
    let inputs = Dictionary(grouping: list.inputs, by: \.source)
    for (image, (path, _)) in zip(file.images, file.files()) {
      guard let object = try file.largestObject(of: image) else {
        set.unlabelledCount += 1
        continue
      }
      let place = object.region.map {
        StatedObject(region: $0, size: image.size, origin: "\(root)/annotations.json")
      }
      for input in inputs[path] ?? [] { set.add(input, named: input.name, object.label, place) }
    }
    guard !set.samples.isEmpty else {
      throw Failure(
        .content, root, "no picture of it is readable and has an object",
        try: "annotations.json needs annotations of pictures that are there")
    }
    return set
  }

  /// Adds a picture of a class, or why it is none.
  mutating func add(
    _ input: Input, named name: String, _ label: Int, _ object: StatedObject? = nil
  ) {
    switch input.file {
    case .success(.picture(let picture)):
      samples.append(Sample(name: name, picture: picture, label: label, object: object))
    case .success(.array):
      guard input.row ?? 0 == 0 else { return }
      unreadable.append(
        Failure(.content, input.source, "is an array", try: "training takes PNG or JPEG pictures"))
    case .failure(let failure): unreadable.append(failure)
    }
  }
}
