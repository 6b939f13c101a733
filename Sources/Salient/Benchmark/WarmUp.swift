/// Decides from which run on times count: when two behind each other differ by less than 3 %, and at
/// the latest after 20 runs or two seconds.
///
/// The first run packs weights and fills caches; a processor that idled takes a while to speed up.
struct WarmUp {
  private static let mostRuns = 20
  private static let mostTime = Duration.seconds(2)

  private var isOver = false
  private var runs = 0
  private var spent = Duration.zero
  private var last: Duration?

  /// Whether a run of this time counts.
  mutating func counts(_ time: Duration) -> Bool {
    guard !isOver else { return true }
    runs += 1
    spent += time
    let change = last.map { time > $0 ? time - $0 : $0 - time }
    isOver =
      runs >= Self.mostRuns || spent >= Self.mostTime || change.map { $0 * 100 < time * 3 } ?? false
    last = time
    return false
  }
}
