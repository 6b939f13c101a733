import Jobs

extension PictureSet {
  /// Pictures whose maps are looked at, of the classes of a network: class folders, a data set, or
  /// pictures alone, of which nobody tells the class.
  /// - Parameters:
  ///   - path: the folder.
  ///   - outputFolder: passed over where it lies inside.
  ///   - classNames: the classes of the network.
  /// - Throws: `Failure` where there is no such folder, it has no picture, or a class is unknown.
  public init(
    toProbe path: String, outputFolder: String, classNames: [String]
  ) throws(Failure) {
    let inner = InputList.names(in: path).filter { !$0.hasPrefix(".") }.map { "\(path)/\($0)" }
    let isLabelled = inner.contains {
      Files.kind(of: $0) == .folder || $0.hasSuffix("/annotations.json")
    }
    guard Files.kind(of: path) == .folder, !isLabelled else {
      self = try PictureSet(path, outputFolder: outputFolder, ofKnownClasses: true)
        .aligned(to: classNames, of: "the model")
      return
    }
    self.init(path: path, classNames: classNames)
    self.isLabelled = false
    let list = try InputList(resolving: InputRequest(words: [path], outputFolder: outputFolder))
    passedOver = list.passedOver
    for input in list.inputs { add(input, named: input.name, 0) }
    guard !samples.isEmpty else {
      throw Failure(
        .content, path, "no readable PNG or JPEG in it", try: "give a folder of pictures")
    }
  }
}
