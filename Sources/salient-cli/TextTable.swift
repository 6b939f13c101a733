/// Lines of cells under each other.
struct TextTable {
  /// A column, its heading, and where its cells lean.
  enum Column {
    case left(String)
    case right(String)

    fileprivate var heading: String {
      switch self {
      case .left(let heading), .right(let heading): heading
      }
    }
  }

  private let columns: [Column]
  private var rows: [[String]]

  init(_ columns: [Column]) {
    self.columns = columns
    rows = [columns.map(\.heading)]
  }

  /// Adds a line; as many cells as columns.
  mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "a cell for each column")
    rows.append(cells)
  }

  /// The table, a newline behind each line.
  var text: String {
    let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (place, cell) in row.enumerated() {
        let blank = String(repeating: " ", count: widths[place] - cell.count)
        let text = if case .right = columns[place] { blank + cell } else { cell + blank }
        line += (place == 0 ? "" : "  ") + text
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}

extension Double {
  /// The number with so many decimals, rounded to the nearest.
  func rounded(to decimals: Int) -> String {
    guard isFinite, abs(self) < 1e15 else { return "\(self)" }
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let whole = Int((abs(self) * Double(scale)).rounded())
    let sign = self < 0 && whole > 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(whole)" }
    let rest = String(whole % scale)
    return "\(sign)\(whole / scale)." + String(repeating: "0", count: decimals - rest.count) + rest
  }

  /// The number as a time in milliseconds: three digits that count, at least one behind the point.
  ///
  /// `0.0123`, `4.56`, `123.4`.
  var asMilliseconds: String {
    var (scaled, decimals) = (abs(self), 1)
    // Below the half of a last digit, so that 9.996 is 10.0; six digits are a nanosecond.
    while scaled > 0, scaled < 9.995, decimals < 6 {
      (scaled, decimals) = (scaled * 10, decimals + 1)
    }
    return rounded(to: decimals)
  }
}
