import Evaluation

/// The mean of curves, on an axis from 0 to 1.
public struct MeanCurve: Sendable, Hashable {
  /// Its name, `deletion`.
  public let name: String
  /// The mean at even steps from the first to the last.
  public let values: [Double]
  /// How many curves it is the mean of.
  public let count: Int
}

/// What the lines of a run come to, added up while they are read: a few numbers for each image, metric
/// and kind of maps.
struct SummaryTable {
  private struct Cell: Hashable {
    let kind: MapKind
    let metric: String
  }

  private struct CurveSum {
    let name: String
    var values: [Double]
    var count = 1
  }

  private var failed: Set<Int> = []
  private var cells: [Cell: [Tally]] = [:]
  private var sums: [Cell: [CurveSum]] = [:]

  /// The images that something could not be measured of.
  var failedCount: Int { failed.count }

  /// Where curves are of several lengths, for images of several sizes, all are brought to this one.
  private static let commonLength = 101

  /// Reads the records of an evaluation.
  /// - Throws: `Failure` where they cannot be read.
  init(_ evaluation: EvaluationJob) throws(Failure) {
    let inputs = evaluation.job.inputs
    let places = Dictionary(
      inputs.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    var metrics: [Cell: any Metric] = [:]
    for kind in evaluation.kinds {
      for metric in evaluation.metrics {
        let cell = Cell(kind: kind, metric: metric.name)
        metrics[cell] = metric.metric
        cells[cell] = [Tally](repeating: Tally(), count: inputs.count)
      }
    }
    var table = self
    try evaluation.job.folder.forEachLine { line, _ in
      guard let record = JSONValue(parsing: line), let image = record["image"]?.string,
        let place = places[image]
      else { return true }
      guard let key = MeasurementKey(record) else {
        table.failed.insert(place)
        return true
      }
      let cell = Cell(kind: key.kind, metric: key.metric)
      guard let metric = metrics[cell] else { return true }
      let measurement = Measurement(record)
      table.cells[cell]?[place].add(measurement, of: metric)
      if measurement.value != nil { table.add(record["curves"], to: cell) }
      return true
    }
    self = table
  }

  private mutating func add(_ curves: JSONValue?, to cell: Cell) {
    guard case .object(let members)? = curves else { return }
    for member in members {
      let values = (member.value.array ?? []).compactMap(\.real)
      guard !values.isEmpty else { continue }
      let known = sums[cell, default: []].firstIndex { $0.name == member.key }
      guard let known, var sum = sums[cell]?[known] else {
        sums[cell, default: []].append(CurveSum(name: member.key, values: values))
        continue
      }
      if sum.values.count != values.count {
        sum.values = Self.resampled(sum.values, Self.commonLength)
      }
      let others = Self.resampled(values, sum.values.count)
      sum.values = zip(sum.values, others).map(+)
      sum.count += 1
      sums[cell]?[known] = sum
    }
  }

  /// A curve over [0, 1] at another number of even steps, linear between its own.
  private static func resampled(_ values: [Double], _ count: Int) -> [Double] {
    guard values.count != count else { return values }
    guard values.count > 1, count > 1 else { return [Double](repeating: values[0], count: count) }
    return (0..<count).map { place in
      let at = Double(place) * Double(values.count - 1) / Double(count - 1)
      let low = min(Int(at), values.count - 2)
      return values[low] + (at - Double(low)) * (values[low + 1] - values[low])
    }
  }

  /// What the maps of each image come to, in the order of the inputs.
  func tallies(_ kind: MapKind, _ metric: MetricRequest) -> [Tally] {
    cells[Cell(kind: kind, metric: metric.name)] ?? []
  }

  /// The mean curves.
  func curves(_ kind: MapKind, _ metric: MetricRequest) -> [MeanCurve] {
    (sums[Cell(kind: kind, metric: metric.name)] ?? []).map { sum in
      MeanCurve(
        name: sum.name, values: sum.values.map { $0 / Double(sum.count) }, count: sum.count)
    }
  }
}

extension Measurement {
  /// The measurement that a record holds, without its curves.
  fileprivate init(_ record: JSONValue) {
    let isDegenerate = record["degenerate"] == .bool(true)
    guard record["failed"] != .bool(true) else {
      self.init(failed: record["reason"]?.string ?? "", isDegenerate: isDegenerate)
      return
    }
    var parts: [Part] = []
    if case .object(let members)? = record["parts"] {
      parts = members.compactMap { member in member.value.real.map { .init(member.key, $0) } }
    }
    self.init(record["value"]?.real, isDegenerate: isDegenerate, parts: parts)
  }
}

extension JSONValue {
  /// A number.
  var real: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .literal(let text): Double(text)
    default: nil
    }
  }
}
