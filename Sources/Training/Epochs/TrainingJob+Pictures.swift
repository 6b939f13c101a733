import Jobs

extension TrainingJob {
  /// What the pictures come from: to learn from, to judge by, and those of the probe.
  var sets: [PictureSet] {
    [training.set, validation.set] + (probe.map { [$0.reader.set] } ?? [])
  }

  /// What tells the pictures of a run from others: their names and classes, and their objects where
  /// parts hold them.
  var pictures: String {
    var lines = sets.flatMap { set in set.samples.map { "\($0.label) \($0.name)" } + [""] }
    if training.augmentation?.keepsObject == true {
      lines += training.set.samples.map { $0.object.map { "\($0.region.values)" } ?? "" }
    }
    return String(FNV1a.spread(lines.joined(separator: "\n")), radix: 16)
  }

  /// The files of all sets, each once, those that are no pictures too.
  var fileCount: Int {
    Set(sets.flatMap { $0.samples.map(\.picture.path) + $0.unreadable.map(\.place) }).count
  }
}
