import ArgumentParser
import Jobs
import Saliency
import Salient
import Scenes

/// `salient scenes`: renders the synthetic data set.
struct RenderScenes: Verb {
  static let configuration = CommandConfiguration(
    commandName: "scenes", abstract: "Render the synthetic data set with boxes and masks.")

  static let examples = [
    "salient scenes -o scenes --count 200 --seed 1",
    "salient scenes -o classes --count 5000 --layout folders --split training",
  ]

  @Option(name: .customShort("o"), help: "The folder for the scenes.")
  var output: String?

  @Option(help: "How many scenes (default 100).")
  var count: String?

  @Option(help: "The seed of everything random (default 0).")
  var seed: String?

  @Option(help: "Height and width of a scene: N or HxW, from 128 (default 128).")
  var size: String?

  @Option(help: "Objects in a scene: 1, 2, 3 or a range (default 1-3; with folders 1).")
  var objects: String?

  @Option(help: "Plant a small mark that always accompanies this class, and no other.")
  var shortcut: String?

  @Option(help: "coco (default): images, masks, annotations.json; folders: one for each class.")
  var layout: String?

  @Option(
    help:
      "evaluation (default) or training: sets that have no scene in common; benchmark: one fixed set."
  )
  var split: String?

  @Flag(help: "Replace the scenes in the folder.")
  var overwrite = false

  @Flag(name: .shortAndLong, help: "No progress and no summary.")
  var quiet = false

  func perform() async throws(Failure) -> Int32 {
    let layout = try self.layout.map { text throws(Failure) in
      try Flags.word(text, "--layout", as: SceneSet.Layout.self)
    }
    let folder = FreshFolder(output ?? "", overwrites: overwrite)
    let set: SceneSet
    if split == SceneBenchmark.benchmark.name {
      set = try benchmark(in: folder)
    } else {
      set = try SceneSet(
        folder: folder, count: try Flags.count(count ?? "100", "--count"),
        seed: try Flags.seed(seed ?? "0"), options: try options(layout ?? .coco),
        layout: layout ?? .coco)
    }
    guard output != nil else {
      throw Failure(.usage, "-o", "is missing", try: "salient scenes -o scenes --count 100")
    }
    try set.checkFolder()
    let meter = SceneMeter(isShown: !quiet)
    let counts = try await set.write { meter.show($0, of: set.count) }
    meter.end()
    guard !quiet else { return 0 }
    let objects = counts.reduce(0, +)
    let place = layout == .folders ? folder.path : folder.file("annotations.json")
    let classes = Quantity.count(counts.count, "class", "classes")
    Terminal.say(
      "\(Quantity.count(set.count, "scene")), \(Quantity.count(objects, "object")) of \(classes), "
        + "\(meter.duration), \(place)".onOneLine + "\n")
    return 0
  }

  /// The fixed set, of which nothing can be chosen.
  private func benchmark(in folder: FreshFolder) throws(Failure) -> SceneSet {
    let given = [
      ("count", count), ("seed", seed), ("size", size), ("objects", objects),
      ("shortcut", shortcut), ("layout", layout),
    ]
    if let (flag, value) = given.first(where: { $0.1 != nil }) {
      throw Failure(
        .usage, "--\(flag) \(value ?? "")", "--split benchmark is the same for everybody",
        try: "leave out --\(flag), or take --split evaluation")
    }
    let set = SceneBenchmark.benchmark
    return try SceneSet(
      folder: folder, count: set.count, seed: set.seed, options: set.options, layout: .coco)
  }

  private func options(_ layout: SceneSet.Layout) throws(Failure) -> SceneOptions {
    let (height, width) = try Flags.size(size ?? "128")
    let split = try self.split.map { text throws(Failure) in
      try Flags.word(text, "--split", as: SceneSplit.self)
    }
    let shortcut = try self.shortcut.map { text throws(Failure) in
      try Flags.word(text, "--shortcut", as: ObjectClass.self)
    }
    let range = try objects.map { text throws(Failure) in try Self.range(text) }
    do throws(SceneError) {
      return try SceneOptions(
        height: height, width: width, objectCount: range ?? (layout == .coco ? 1...3 : 1...1),
        split: split ?? .evaluation, shortcut: shortcut)
    } catch {
      throw Failure(error)
    }
  }

  /// `2` or `1-3`.
  private static func range(_ text: String) throws(Failure) -> ClosedRange<Int> {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count), let first = numbers.first,
      let last = numbers.last, first <= last
    else {
      throw Failure(
        .usage, "--objects \(text)", "is no number of objects", try: "write --objects 1-3")
    }
    return first...last
  }
}

/// Says how far the rendering is: in one line drawn anew, or nowhere where that is not possible.
struct SceneMeter: Sendable {
  let isShown: Bool
  private let start = ContinuousClock.now

  init(isShown: Bool) {
    self.isShown = isShown && Terminal.canRedraw
  }

  /// The time since the start.
  var duration: String {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Quantity.duration(seconds: Double(seconds) + Double(attoseconds) / 1e18)
  }

  func show(_ done: Int, of count: Int) {
    guard isShown else { return }
    Terminal.draw("\r\(Quantity.grouped(done)) of \(Quantity.grouped(count)) scenes\u{1B}[K")
  }

  func end() {
    guard isShown else { return }
    Terminal.draw("\r\u{1B}[K")
  }
}
