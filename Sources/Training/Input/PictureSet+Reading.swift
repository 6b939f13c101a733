import Jobs

extension PictureSet {
  /// Finds the pictures of a folder: a folder for each class, or a data set.
  ///
  /// Classes are the sorted names of the folders, and a picture is of the class whose folder it lies
  /// in, at any depth. A folder with `annotations.json` is a data set in COCO's form: its classes are
  /// the listed ones in the order of their numbers, and a picture is of the class of its largest
  /// object. Hidden files are passed over.
  /// - Parameters:
  ///   - path: the folder.
  ///   - outputFolder: passed over where it lies inside.
  /// - Throws: `Failure` where there is no such folder, it has fewer than two classes, a class folder
  ///   has no picture, or an object is of a class that is not listed.
  public init(_ path: String, outputFolder: String) throws(Failure) {
    guard Files.kind(of: path) == .folder else {
      throw Failure(
        .missing, path, "no such folder",
        try: "give a folder with a folder of pictures for each class, or a data set")
    }
    let root = path.last == "/" && path.count > 1 ? String(path.dropLast()) : path
    if Files.kind(of: "\(root)/annotations.json") == .file {
      self = try Self.dataSet(root, outputFolder)
    } else {
      self = try Self.classFolders(root, outputFolder)
    }
  }

  private static func classFolders(
    _ root: String, _ outputFolder: String
  ) throws(Failure) -> PictureSet {
    let names = InputList.names(in: root).filter {
      !$0.hasPrefix(".") && Files.kind(of: "\(root)/\($0)") == .folder
        && Files.identity(of: "\(root)/\($0)") != Files.identity(of: outputFolder)
    }
    guard names.count > 1 else {
      throw Failure(
        .content, root, names.first.map { "\($0) is its only class" } ?? "no class folders",
        try: "make a folder of pictures for each class, at least two")
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
    for (image, place) in zip(file.images, file.files()) {
      guard let label = try file.largestClass(of: image) else {
        set.unlabelledCount += 1
        continue
      }
      for input in inputs[place.path] ?? [] { set.add(input, named: input.name, label) }
    }
    guard !set.samples.isEmpty else {
      throw Failure(
        .content, root, "no picture of it is readable and has an object",
        try: "annotations.json needs annotations of pictures that are there")
    }
    return set
  }

  private mutating func add(_ input: Input, named name: String, _ label: Int) {
    switch input.file {
    case .success(.picture(let picture)):
      samples.append(Sample(name: name, picture: picture, label: label))
    case .success(.array):
      guard input.row ?? 0 == 0 else { return }
      unreadable.append(
        Failure(.content, input.source, "is an array", try: "training takes PNG or JPEG pictures"))
    case .failure(let failure): unreadable.append(failure)
    }
  }
}
