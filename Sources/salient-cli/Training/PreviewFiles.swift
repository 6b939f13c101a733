import Imaging
import Jobs
import Training

extension TrainingPlan {
  /// Writes some pictures as the network will see them, and tells of those that cannot be read.
  /// - Returns: the exit code.
  func preview(_ count: Int) async throws(Failure) -> Int32 {
    let (previews, failures) = try await job.preview(count)
    for failure in failures { Terminal.complain(failure.description) }
    try PreviewFiles(in: choices.folder).write(previews)
    let same = previews.count { $0.read == $0.seen }
    if let options = choices.augment.options, same > 0, !choices.isQuiet {
      let settings = options.resolvedSettings.map { "\($0.name)=\($0.value)" }
      Terminal.note(
        "note     \(same) of \(Quantity.count(previews.count, "picture")) stay as they are in the "
          + "first epoch: \(settings.joined(separator: ", "))")
    }
    return failures.isEmpty ? 0 : 2
  }
}

/// `--preview`: pictures as a network will see them, before and after augmentation.
struct PreviewFiles {
  private let folder: FreshFolder

  /// Those of a run.
  init(in folder: OutputFolder) {
    self.folder = FreshFolder(folder.file("preview"), overwrites: folder.mode == .overwrite)
  }

  /// Writes the pictures.
  /// - Throws: `Failure` where others lie there, or they cannot be written.
  func write(_ previews: [TrainingJob.Preview]) throws(Failure) {
    let taken = try folder.take(folders: []) { name, _ in
      Self.ends.contains { name.hasSuffix($0) }
    }
    for (number, preview) in previews.enumerated() {
      let digits = String(number)
      let stem = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
      for (picture, end) in zip([preview.read, preview.seen], Self.ends) {
        try write(picture, to: folder.file(stem + end))
      }
    }
    _ = consume taken
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
