import Foundation
import Testing

/// `salient bench`, as people read it.
@Suite("Times can be read, however short", .tags(.device))
struct BenchTests {
  @Test(
    "every time of a table has three digits that count",
    arguments: [["--plan"], ["--op", "conv2d"], ["--op", "relu"]])
  func threeDigits(words: [String]) throws {
    let run = try Program.run(["bench", Program.model, "--level", "quick"] + words)
    #expect(run.code == 0, "\(run.errors)")
    let head = try #require(run.lines.first { $0.contains(" ms ") && $0.contains("GFLOP/s ") })
    let column = try #require(head.range(of: " ms "))
    let end = head.distance(from: head.startIndex, to: column.upperBound) - 1
    let rows = run.lines.drop { $0 != head }.dropFirst().dropLast()
    let times = rows.compactMap { row -> Substring? in
      let cells = row.prefix(end)
      return cells.count == end && cells.last != " " ? cells.split(separator: " ").last : nil
    }
    #expect(!times.isEmpty, "\(run.output)")
    for time in times {
      let digits = time.filter(\.isNumber).drop { $0 == "0" }
      #expect(digits.count >= 3 && Double(time) ?? 0 > 0, "\(time)")
    }
  }
}
