/// How many rows each part of a step has, over all ranks.
///
/// Part a · R + r is the one that rank r of R has in round a.
struct StepRows: Sendable, Hashable {
  /// The rows of each part.
  let counts: [Int]

  /// The counts of the parts of each rank, in order of ranks; each has as many parts.
  init(_ parts: [[Int]]) {
    counts = (parts.first ?? []).indices.flatMap { round in parts.map { $0[round] } }
  }

  /// The rows of the step.
  var total: Int { counts.reduce(0, +) }

  /// The first row of a part among those of the step.
  func start(of part: Int) -> Int { counts[..<part].reduce(0, +) }
}
