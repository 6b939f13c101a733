import Imaging
import Tensors

/// Reads the images of a batch, several at a time.
struct InputReader: Sendable {
  /// An image, or why it could not be read.
  typealias Reading = (input: Input, image: Result<PreparedImage, Failure>)

  /// `[C, H, W]` that the network takes.
  private let shape: Shape
  /// Whether pictures may come out in other heights and widths.
  private let isSizeOpen: Bool
  private let threads: Int
  private let preparation: Preparation
  /// The longer side of what maps are drawn on; nil where nothing is drawn, or where pictures are
  /// drawn at their full size: they are read once more then, for memory holds only a few.
  private let viewSide: Int?
  private let wantsOverlays: Bool

  /// A reader.
  /// - Parameters:
  ///   - job: what is done with the images.
  ///   - viewSide: the longer side of what maps are drawn on; by default that of overlays.
  init(_ job: Job, viewSide: Int? = nil) {
    shape = job.engine.imageShape
    isSizeOpen = job.engine.resizing != nil
    threads = job.threads
    preparation = job.preparation
    wantsOverlays = job.keeps.contains(.overlay)
    let overlaySide = job.keeps.contains(.overlay) ? job.drawing.overlay.sideMaximum : nil
    self.viewSide = viewSide ?? overlaySide
  }

  /// Reads images; the order stays.
  func read(_ inputs: [Input]) async -> [Reading] {
    await concurrentMap(inputs, threads: threads, cost: \.pixelCount) { input in
      do throws(Failure) {
        return (input, .success(try image(of: input)))
      } catch {
        return (input, .failure(error.kind == .ours ? error : error.at(input.source)))
      }
    }
  }

  /// Reads one image.
  /// - Throws: `Failure` where it cannot be read or does not fit.
  func image(of input: Input) throws(Failure) -> PreparedImage {
    switch try input.file.get() {
    case .array(let file): try read(file, row: input.row ?? 0)
    case .picture(let source): try read(source)
    }
  }

  private func read(_ file: NPYFile, row: Int) throws(Failure) -> PreparedImage {
    guard file.imageShape == shape else {
      let hasChannels = shape.rank == 3 && file.imageShape[0] == shape[0]
      let isTurned = shape.rank == 3 && !hasChannels && file.imageShape[2] == shape[0]
      let axes = file.isStack ? "(0, 3, 1, 2)" : "(2, 0, 1)"
      throw Failure(
        .content, file.path, "an image of \(file.imageShape), where the network takes \(shape)",
        try: hasChannels
          ? "resize it, or give --size where the network takes any"
          : isTurned ? "put the channels first: numpy.transpose(array, \(axes))" : nil)
    }
    let tensor = try file.image(row: row)
    let canBeShown = [1, 3].contains(shape[0])
    let region = Region(x: 0, y: 0, width: Double(shape[2]), height: Double(shape[1]))
    let facts = ImageFacts(
      width: shape[2], height: shape[1], region: region, isJPEG: false, canBeShown: canBeShown,
      notes: canBeShown || !wantsOverlays
        ? [] : ["no overlay: \(shape[0]) channels are no picture"])
    let view = viewSide.flatMap { side in
      preparation.picture(of: tensor).map { PictureView($0, region: region, sideMaximum: side) }
    }
    return PreparedImage(tensor: tensor, facts: facts, view: view)
  }

  private func read(_ source: PictureSource) throws(Failure) -> PreparedImage {
    guard [1, 3].contains(shape[0]) else {
      throw Failure(
        .content, source.path, "is a picture, and the network takes \(shape[0]) channels",
        try: "give it preprocessed, as float32 \(shape) in a .npy file")
    }
    let (file, prepared) = try preparation.image(of: source)
    let (tensor, region) = (prepared.input, prepared.region)
    guard tensor.shape == shape || isSizeOpen else {
      throw Failure(
        .content, source.path,
        "the preset makes \(tensor.shape) of it, where the network takes \(shape)",
        try: "choose a preset that crops or squashes, or give --size")
    }
    let facts = ImageFacts(
      width: file.picture.width, height: file.picture.height, region: region,
      isJPEG: source.format == .jpeg, canBeShown: true, notes: file.notes)
    let view = viewSide.map { PictureView(file.picture, region: region, sideMaximum: $0) }
    return PreparedImage(tensor: tensor, facts: facts, view: view)
  }
}
