import Imaging
import Jobs
import Training

extension TrainingPlan {
  /// Writes some pictures as the network will see them, and tells of those that cannot be read.
  /// - Returns: the exit code.
  func preview(_ count: Int) async throws(Failure) -> Int32 {
    let files = PreviewFiles(in: choices.folder)
    try files.check()
    let (previews, failures) = try await job.preview(count)
    for failure in failures { Terminal.complain(failure.description) }
    try files.write(previews)
    if !choices.isQuiet {
      for note in notes(on: previews) { Terminal.note("note     \(note)") }
    }
    if !choices.isQuiet, !choices.isJSON {
      Terminal.say(
        "\(Quantity.count(previews.count, "picture")), as read and as seen: "
          + "\(choices.folder.file("preview"))\n")
    }
    return failures.isEmpty ? 0 : 2
  }

  /// Why pictures stay as they are, each with its number.
  private func notes(on previews: [TrainingJob.Preview]) -> [String] {
    guard let options = choices.augment.options else { return [] }
    let same = previews.indices.filter { previews[$0].read == previews[$0].seen }
    let settings = options.resolvedSettings
      .filter { ["probability", "after-epoch", "every"].contains($0.name) }
      .map { "\($0.name)=\($0.value)" }
    return [
      ("left out in the first epoch by \(settings.joined(separator: ", "))", false),
      ("their maps mark nothing, or all of them", true),
    ].compactMap { reason, isChosen in
      let numbers = same.filter { previews[$0].isChosen == isChosen }
      guard !numbers.isEmpty else { return nil }
      let names =
        numbers.prefix(8).map(PreviewFiles.stem).joined(separator: ", ")
        + (numbers.count > 8 ? ", ..." : "")
      let count = "\(numbers.count) of \(Quantity.count(previews.count, "picture"))"
      return "\(count) as before (\(names)): \(reason)"
    }
  }
}

/// `--preview`: pictures as a network will see them, before and after augmentation.
struct PreviewFiles {
  private let folder: FreshFolder
  private let owner: OutputFolder

  /// Those of a run.
  init(in owner: OutputFolder) {
    self.owner = owner
    folder = FreshFolder(owner.file("preview"), overwrites: owner.mode == .overwrite)
  }

  /// Refuses to take the place of others.
  /// - Throws: `Failure` naming `--overwrite` and a free folder.
  func check() throws(Failure) {
    do throws(Failure) {
      try folder.check()
    } catch  where error.kind == .usage {
      throw Failure(
        .usage, "-o \(owner.path)", "holds an earlier preview",
        try: "replace it with --overwrite, or write to -o \(owner.freeName)")
    }
  }

  /// Writes the pictures.
  /// - Throws: `Failure` where others lie there, or they cannot be written.
  func write(_ previews: [TrainingJob.Preview]) throws(Failure) {
    let taken = try folder.take(folders: []) { name, _ in
      Self.ends.contains { name.hasSuffix($0) }
    }
    for (number, preview) in previews.enumerated() {
      for (picture, end) in zip([preview.read, preview.seen], Self.ends) {
        try write(picture, to: folder.file(Self.stem(number) + end))
      }
    }
    _ = consume taken
  }

  /// What the files of a picture are called: `007`.
  static func stem(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }

  private static let ends = ["-read.png", "-seen.png"]

  private func write(_ picture: Picture, to path: String) throws(Failure) {
    let bytes: [UInt8]
    do throws(ImagingError) {
      bytes = try picture.png()
    } catch {
      throw Failure(error, at: path)
    }
    try WholeFile.write(bytes, to: path)
  }
}
