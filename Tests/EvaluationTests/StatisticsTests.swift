import Evaluation
import Foundation
import Testing

@Suite("Intervals and differences")
struct StatisticsTests {
  @Test("percentile intervals are those of NumPy on draws of Philox")
  func intervals() throws {
    let cases = try RegionFixture.load().intervals
    var worst = 0.0
    for known in cases {
      let bootstrap = Bootstrap(
        repetitions: known.repetitions, level: known.level, seed: known.seed)
      let found = try #require(
        bootstrap.interval(of: known.values.count) { places in
          places.reduce(0) { $0 + known.values[$1] } / Double(places.count)
        })
      worst = max(worst, abs(found.low - known.low), abs(found.high - known.high))
    }
    #expect(cases.count == 6 && worst < 1e-12, "\(worst)")
  }

  @Test("a row counts what was measured, what says nothing, and what was passed over")
  func rows() throws {
    let images = [
      [Evaluation.Measurement(0.5), Evaluation.Measurement(1, isDegenerate: true)], [],
      [Evaluation.Measurement(nil, reason: "no")],
      [Evaluation.Measurement(0.75)],
    ]
    let row = DatasetRow(images, of: try Sparseness(), Bootstrap())
    #expect(row.value == 0.75 && row.count == 3 && row.degenerate == 1 && row.skipped == 1)
    let interval = try #require(row.interval)
    #expect(interval.low <= 0.75 && interval.high >= 0.75)
    let none = DatasetRow([[], []], of: try Sparseness(), Bootstrap())
    #expect(none.value == nil && none.interval == nil && none.count == 0)
  }

  @Test("a difference is taken on the images that both were measured on")
  func pairs() throws {
    let first = [1.0, 2, 3, 4, 5].map { [Evaluation.Measurement($0)] }
    var second = [0.5, 1.5, 2.5, 3.5, 9].map { [Evaluation.Measurement($0)] }
    second[4] = [Evaluation.Measurement(nil, reason: "no")]
    let pair = try #require(PairedRow(first, second, of: try Sparseness(), Bootstrap()))
    #expect(pair.count == 4 && pair.difference == 0.5)
    #expect(pair.interval == Interval(low: 0.5, high: 0.5) && pair.interval?.excludesZero == true)
    #expect(PairedRow([[]], [[]], of: try Sparseness(), Bootstrap()) == nil)
  }

  @Test("pointing is a mean over classes, segmentation adds counts")
  func summaries() throws {
    let points = [(0.0, 1.0), (0, 0), (0, 1), (3, 0)].map { index, value in
      Evaluation.Measurement(value, parts: [.init("class", index), .init("classes", 10)])
    }
    #expect(try Pointing().summary(of: points) == (2.0 / 3 + 0) / 2)
    #expect(try Pointing(settings: ["classes": "all"]).summary(of: points) == 2.0 / 3 / 10)
    let counts = [[1.0, 4, 2, 5, 3, 6], [3, 4, 1, 5, 4, 6]].map { values in
      Evaluation.Measurement(
        0,
        parts: zip(
          [
            "foreground-both", "foreground-union", "background-both", "background-union",
            "correct", "labelled",
          ], values
        ).map { .init($0, $1) })
    }
    #expect(try Segmentation().summary(of: counts) == (4.0 / 8 + 3.0 / 10) / 2)
    #expect(try SegmentationAccuracy().summary(of: counts) == 7.0 / 12)
  }
}
