import Imaging
import Jobs
import Scenes

/// A set of rendered scenes on disk.
///
/// As a data set: `images/NNNNNN.png`, `masks/NNNNNN.png` (the value of a pixel is the number of
/// its object, 0 is background), `labels.txt`, and `annotations.json` in the form of COCO's
/// instances, written last. As class folders: `CLASS/NNNNNN.png`, one object a scene.
public struct SceneSet: Sendable {
  /// How scenes lie on the disk.
  public enum Layout: String, Sendable, CaseIterable {
    /// A data set with boxes and masks.
    case coco
    /// A folder for each class.
    case folders
  }

  /// The most scenes of a set; their names have six digits.
  public static let countMaximum = 1_000_000

  let folder: FreshFolder
  let renderer: SceneRenderer
  /// How many scenes it has.
  public let count: Int
  let layout: Layout

  /// A set that is not rendered yet.
  ///
  /// - Parameters:
  ///   - folder: where it goes.
  ///   - count: how many scenes, 1 to `countMaximum`.
  ///   - seed: decides all of them; scene i is the same in a larger set.
  ///   - options: what they show.
  ///   - layout: how they lie on the disk.
  /// - Throws: `Failure` where these do not go together.
  public init(
    folder: FreshFolder, count: Int, seed: UInt64, options: SceneOptions, layout: Layout = .coco
  ) throws(Failure) {
    guard (1...Self.countMaximum).contains(count) else {
      throw Failure(
        .usage, "--count \(count)", "is not from 1 to \(Self.countMaximum)",
        try: "write --count 200")
    }
    guard layout == .coco || options.objectCount == 1...1 else {
      throw Failure(
        .usage, "--layout folders", "a scene of several objects belongs to no class",
        try: "write --objects 1")
    }
    self.folder = folder
    self.count = count
    self.layout = layout
    do throws(SceneError) {
      renderer = try SceneRenderer(seed: seed, options: options)
    } catch {
      throw Failure(error)
    }
  }

  /// Renders and writes the set, each file whole or not at all.
  ///
  /// - Parameter progress: called with the number of scenes written so far.
  /// - Returns: how many objects of each class were drawn, in the order of `ObjectClass`.
  /// - Throws: `Failure` where a file cannot be written, or `.interrupted`.
  @discardableResult
  public func write(progress: @Sendable (Int) -> Void = { _ in }) async throws(Failure) -> [Int] {
    try checkSpace()
    let taken = try take()
    defer { withExtendedLifetime(taken) {} }
    var notes: [SceneNote] = []
    notes.reserveCapacity(count)
    while notes.count < count {
      guard !Task.isCancelled else { throw Failure(.interrupted, "", "interrupted") }
      notes += try await write(notes.count..<min(notes.count + Self.chunk, count))
      progress(notes.count)
    }
    if layout == .coco {
      let labels = ObjectClass.allCases.map { $0.rawValue + "\n" }.joined()
      try WholeFile.write(labels, to: folder.file("labels.txt"))
      try WholeFile.write(annotations(notes), to: folder.file("annotations.json"))
    }
    var counts = [Int](repeating: 0, count: ObjectClass.allCases.count)
    for note in notes { for object in note.objects { counts[object.kind.index] += 1 } }
    return counts
  }

  /// Scenes that are rendered side by side.
  private static let chunk = 32

  /// The name of a scene's files.
  static func name(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(6 - digits.count, 0)) + digits + ".png"
  }

  /// A chunk of scenes, in order.
  private func write(_ numbers: Range<Int>) async throws(Failure) -> [SceneNote] {
    let results = await withTaskGroup(of: (Int, Result<SceneNote, Failure>).self) { group in
      for number in numbers {
        group.addTask {
          (number, Result { () throws(Failure) in try self.write(number) })
        }
      }
      var results: [(Int, Result<SceneNote, Failure>)] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }
    }
    var notes: [SceneNote] = []
    for (_, result) in results { notes.append(try result.get()) }
    return notes
  }

  private func write(_ number: Int) throws(Failure) -> SceneNote {
    let scene = renderer.scene(number)
    let name = Self.name(number)
    let (picture, mask): ([UInt8], [UInt8])
    do throws(ImagingError) {
      (picture, mask) = (try scene.picture.png(), try scene.mask.png())
    } catch {
      throw Failure(.temporary, name, error.what, try: error.hint)
    }
    switch layout {
    case .coco:
      try WholeFile.write(picture, to: folder.file("images/\(name)"), isDurable: false)
      try WholeFile.write(mask, to: folder.file("masks/\(name)"), isDurable: false)
    case .folders:
      let kind = scene.objects[0].kind.rawValue
      try WholeFile.write(picture, to: folder.file("\(kind)/\(name)"), isDurable: false)
    }
    return SceneNote(number, scene)
  }

  /// Refuses a folder that is not free, or whose files are not ours to replace; touches nothing.
  /// - Throws: `Failure` naming what to do instead.
  public func checkFolder() throws(Failure) {
    try folder.check()
    guard try Self.isRendered(in: folder) == false else { return }
    throw Failure(
      .usage, "-o \(folder.path)", "holds a data set that was not rendered here",
      try: "choose another folder with -o")
  }

  /// Whether a folder holds a set that was rendered here.
  /// - Throws: `Failure` where its annotations cannot be read.
  public static func isRendered(in path: String) throws(Failure) -> Bool {
    try isRendered(in: FreshFolder(path, overwrites: false)) ?? false
  }

  /// The same; nil where the folder holds no annotations.
  private static func isRendered(in folder: FreshFolder) throws(Failure) -> Bool? {
    let start = Array(signature.utf8)
    return try folder.beginning(of: "annotations.json", byteCount: start.count).map { $0 == start }
  }

  /// How the annotations of every rendered set begin.
  static let signature = "{\n\"info\": {\"description\": \"rendered by salient scenes\""

  /// The folder to ourselves, without the files of an earlier set.
  private func take() throws(Failure) -> TakenFolder {
    try checkFolder()
    let classes = ObjectClass.allCases.map(\.rawValue)
    let taken = try folder.take(folders: ["images", "masks"] + classes) { name, folder in
      guard folder != nil else { return ["annotations.json", "labels.txt"].contains(name) }
      let stem = name.dropLast(4)
      return name.hasSuffix(".png") && stem.count == 6 && stem.allSatisfy(\.isNumber)
    }
    if layout == .folders {
      // A class without a picture keeps its folder, so that classes keep their numbers.
      for name in classes { try folder.makeFolder(name) }
    }
    return taken
  }

  /// Refuses what the disk has no room for.
  private func checkSpace() throws(Failure) {
    // A rendered picture with its grain is compressed to no less than a third.
    let needed = count * renderer.options.width * renderer.options.height
    guard let free = folder.freeByteCount, needed > free else { return }
    throw Failure(
      .inputOutput, folder.path,
      "\(Quantity.bytes(needed)) needed at least, \(Quantity.bytes(free)) free",
      try: "make room, or render fewer with --count")
  }
}

extension Failure {
  /// The failure behind an error of the renderer.
  public init(_ error: SceneError) {
    switch error {
    case .size(let height, let width):
      let sides = SceneOptions.sides
      self.init(
        .usage, height == width ? "--size \(height)" : "--size \(height)x\(width)",
        "scenes have sides of \(sides.lowerBound) to \(sides.upperBound) pixels",
        try: "write --size 128")
    case .objectCount(let count):
      self.init(
        .usage, "--objects \(count)",
        "a scene has 1 to \(SceneOptions.objectCounts.upperBound) objects",
        try: "write --objects 1-3")
    case .photo: self.init(.ours, "", error.description)
    }
  }
}
