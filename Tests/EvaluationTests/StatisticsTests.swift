import Evaluation
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
      worst = max(worst, difference(found.low, known.low), difference(found.high, known.high))
    }
    #expect(cases.count == 6 && worst < 1e-12, "\(worst)")
  }

  @Test("a row counts what was measured, what says nothing, and what was passed over")
  func rows() throws {
    let images = [
      [Evaluation.Measurement(0.5), Evaluation.Measurement(1, isDegenerate: true)], [],
      [Evaluation.Measurement(nil, reason: "no")],
      [Evaluation.Measurement(0.75), Evaluation.Measurement(failed: "damaged")],
    ]
    let metric = try Sparseness()
    let row = DatasetRow(images.map { Tally($0, of: metric) }, of: metric, Bootstrap())
    #expect(row.value == 0.75 && row.count == 3 && row.degenerate == 1 && row.skipped == 1)
    // A map that failed beside one that did not, and an image of which nothing is known.
    #expect(row.failed == 2)
    let interval = try #require(row.interval)
    #expect(interval.low <= 0.75 && interval.high >= 0.75)
    let none = DatasetRow([Tally(), Tally()], of: metric, Bootstrap())
    #expect(none.value == nil && none.interval == nil && none.count == 0 && none.failed == 2)
  }

  @Test("a difference is taken on the images that both were measured on")
  func pairs() throws {
    let first = [1.0, 2, 3, 4, 5].map { [Evaluation.Measurement($0)] }
    var second = [0.5, 1.5, 2.5, 3.5, 9].map { [Evaluation.Measurement($0)] }
    second[4] = [Evaluation.Measurement(nil, reason: "no")]
    let metric = try Sparseness()
    func row(_ images: [[Evaluation.Measurement]]) -> DatasetRow {
      DatasetRow(images.map { Tally($0, of: metric) }, of: metric, Bootstrap())
    }
    let pair = try #require(PairedRow(row(first), row(second), of: metric, Bootstrap()))
    #expect(pair.count == 4 && pair.difference == 0.5)
    #expect(pair.interval == Interval(low: 0.5, high: 0.5) && pair.interval?.excludesZero == true)
    #expect(PairedRow(row([[]]), row([[]]), of: metric, Bootstrap()) == nil)
    // On the same images the repetitions of both rows serve: as if they were drawn for the pair.
    let whole = try #require(
      PairedRow(
        row(first), row(first.map { [.init(($0[0].value ?? 0) * 3)] }), of: metric, Bootstrap()))
    let direct = Bootstrap().interval(of: 5) { places in
      places.reduce(0) { $0 - 2 * Double($1 + 1) } / 5
    }
    #expect(difference(whole.interval?.low, direct?.low ?? .nan) < 1e-12)
    #expect(difference(whole.interval?.high, direct?.high ?? .nan) < 1e-12)
  }

  @Test("a class that a draw lost does not count 0 in it, nor in a difference")
  func lostClasses() throws {
    // Twelve classes of twenty, one image each: every draw loses some of them.
    func row(_ value: Double, _ metric: Pointing) -> DatasetRow {
      let images = (0..<12).map { index in
        [
          Evaluation.Measurement(
            value, parts: [.init("class", Double(index)), .init("classes", 20)])
        ]
      }
      return DatasetRow(images.map { Tally($0, of: metric) }, of: metric, Bootstrap())
    }
    for (classes, value) in [("all", 12.0 / 20), ("seen", 1)] {
      let metric = try Pointing(settings: ["classes": classes])
      let (hits, misses) = (row(1, metric), row(0, metric))
      #expect(hits.value == value)
      let interval = try #require(hits.interval)
      #expect(difference(interval.low, value) < 1e-12 && difference(interval.high, value) < 1e-12)
      let pair = try #require(PairedRow(hits, misses, of: metric, Bootstrap()))
      #expect(pair.difference == value)
      #expect(difference(pair.interval?.low, value) < 1e-12)
      #expect(difference(pair.interval?.high, value) < 1e-12)
    }
  }

  @Test("one image has no interval")
  func oneImage() throws {
    let metric = try Sparseness()
    func row(_ value: Double) -> DatasetRow {
      let images = [[], [Evaluation.Measurement(value)]]
      return DatasetRow(images.map { Tally($0, of: metric) }, of: metric, Bootstrap())
    }
    #expect(row(0.5).value == 0.5 && row(0.5).interval == nil && row(0.5).imageCount == 1)
    let pair = try #require(PairedRow(row(0.5), row(0.25), of: metric, Bootstrap()))
    #expect(pair.difference == 0.25 && pair.count == 1 && pair.interval == nil)
  }

  @Test("pointing is a mean over classes, segmentation adds counts")
  func summaries() throws {
    let points = [(0.0, 1.0), (0, 0), (0, 1), (3, 0)].map { index, value in
      Evaluation.Measurement(value, parts: [.init("class", index), .init("classes", 10)])
    }
    #expect(try Pointing().summary(of: points) == 2.0 / 3 / 10)
    #expect(try Pointing(settings: ["classes": "seen"]).summary(of: points) == (2.0 / 3 + 0) / 2)
    let unknown = points.map { Evaluation.Measurement($0.value, parts: [$0.parts[0]]) }
    #expect(try Pointing().summary(of: unknown) == nil)
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
