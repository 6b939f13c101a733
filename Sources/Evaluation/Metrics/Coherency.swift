import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// Coherency: whether the map of the image seen through its map is the same map.
///
/// (r(S1, S2) + 1) / 2, S1 the map of x, S2 the map of x·S1 for the same class, r Pearson's
/// correlation over all pixels, in double precision — Poppi, Cornia, Baraldi, Cucchiara, Revisiting
/// the Evaluation of Class Activation Mapping for Explainability, 2021, equation 1.
///
/// In [0, 1]; 0 where one of the maps has one value everywhere. The method runs once more.
public struct Coherency: Metric {
  /// The metric's name on the command line.
  public static let name = "coherency"

  /// Poppi and others, 2021.
  public static let citation = Citation(
    paper: "S. Poppi, M. Cornia, L. Baraldi, R. Cucchiara, Revisiting the Evaluation of Class"
      + " Activation Mapping for Explainability: A Novel Metric and Experimental Analysis, CVPRW"
      + " 2021, arXiv 2104.10252",
    equations: [
      "S1 = method(x, c);  S2 = method(x * S1, c);  coherency = ( pearson(S1, S2) + 1 ) / 2"
    ],
    deviations: [
      "a constant map gives 0; the authors' code gives NaN there, pytorch-grad-cam 0.5",
      "S1 is min-maxed to [0, 1] where a method leaves it raw",
      "maps with colours: magnitudes summed over colours",
    ])

  /// There is nothing to set.
  public static let settings: [Setting] = []

  /// A map that explains itself is good.
  public static let direction = MetricDirection.higher

  /// The method is run again.
  public static let needs: MetricNeeds = [.network, .method]

  /// The metric.
  /// - Throws: `SettingError` where a setting is given.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    _ = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// There are none.
  public var resolvedSettings: [(name: String, value: String)] { [] }

  /// The method once more.
  public func costs(_ network: Graph) -> [MetricCost] { [Self.cost] }

  static var cost: MetricCost { MetricCost(name, explanations: 1) }

  /// The coherency of each subject.
  /// - Throws: `ExplanationError` where the maps cannot be made again or the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    try await Self.measure(subjects, with: probe)
  }

  static func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    try await subjects.measurements(name) { () async throws(ExplanationError) in
      let seen = try await probe.compute([subjects.images(with: probe), subjects.maps]) {
        (builder, inputs) throws(GraphError) in
        [try builder.add(Multiply(), [inputs[0], builder.add(MinMax(), [inputs[1]])])]
      }[0]
      let again = try await subjects.explain(seen, with: probe)
      let summaries = try await again.summaries()
      let (first, second) = (try await subjects.hostMaps(), try await read(again.maps))
      let empty = try await subjects.degenerate(with: probe)
      return subjects.targets.indices.map { target in
        if let error = summaries[target].error {
          return Measurement(
            failed: "the map of the image through its map: \(error)", isDegenerate: empty[target])
        }
        let pair = [first, second].map { $0.rows(target..<target + 1).elements.map(Double.init) }
        let correlation = Correlation.pearson(pair[0], pair[1])
        return Measurement(
          correlation.map { ($0 + 1) / 2 } ?? 0,
          reason: correlation == nil ? "one of the two maps is constant" : nil,
          isDegenerate: empty[target])
      }
    }
  }
}
