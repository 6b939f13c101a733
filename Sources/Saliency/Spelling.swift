/// Finds the names that somebody may have meant.
public enum Spelling {
  /// The candidates nearest to a name, best first: those within a third of its length in edits.
  ///
  /// A candidate that contains the name counts as one edit. Case does not count. Equal distances
  /// keep the order of the candidates.
  /// - Parameters:
  ///   - name: what was typed.
  ///   - candidates: what exists.
  ///   - limit: how many to return at most.
  /// - Returns: names, best first; empty where none is near.
  public static func nearest(
    to name: String, among candidates: [String], limit: Int = 3
  ) -> [String] {
    guard !name.isEmpty else { return [] }
    let typed = Array(name.lowercased())
    let allowed = max(2, typed.count / 3)
    var found: [(distance: Int, place: Int)] = []
    for (place, candidate) in candidates.enumerated() {
      let other = Array(candidate.lowercased())
      let holds = typed.count >= 3 && candidate.lowercased().contains(name.lowercased())
      let distance = holds ? 1 : edits(from: typed, to: other)
      if distance <= allowed { found.append((distance, place)) }
    }
    found.sort { ($0.distance, $0.place) < ($1.distance, $1.place) }
    return found.prefix(limit).map { candidates[$0.place] }
  }

  /// `; did you mean x?`, or nothing where no candidate is near.
  public static func suggestion(for name: String, among candidates: [String]) -> String {
    guard let nearest = nearest(to: name, among: candidates, limit: 1).first else { return "" }
    return "; did you mean \(nearest)?"
  }

  /// The edit distance of Damerau and Levenshtein: insert, delete, replace, swap neighbours.
  private static func edits(from a: [Character], to b: [Character]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var rows = [Array(0...b.count)]
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        let replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, replaced)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          best = min(best, rows[i - 2][j - 2] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
