import Graphs
import Saliency

/// ARCC: ADCC with ROAD in place of the drop.
///
/// 3 / (1/coherency + 1/(1 − com) + 1/road), road = 2 · ROAD combined, cut off to [0, 1] — as
/// pytorch-grad-cam has it. In [0, 1]; 0 where one of the three is.
public struct ARCC: Metric {
  /// The metric's name on the command line.
  public static let name = "arcc"

  /// It is set together with ROAD.
  public static let family = RemoveAndDebias.family

  /// pytorch-grad-cam, after Poppi and others.
  public static let citation = Citation(
    paper: "J. Gildenblat and contributors, pytorch-grad-cam, metrics/ARCC.py, after S. Poppi, M."
      + " Cornia, L. Baraldi, R. Cucchiara, CVPRW 2021, arXiv 2104.10252",
    equations: [
      "ARCC = 3 / ( 1/coherency + 1/(1 - com) + 1/road ),  road = clip(2 * combined, 0, 1)"
    ],
    deviations: ["that code adds 1e-8 to the denominators; here a term of 0 gives 0"])

  /// What can be set.
  public static let settings = RemoveAndDebias.settings

  /// A map that is small, ranks pixels well and explains itself is good.
  public static let direction = MetricDirection.higher

  /// The method is run again.
  public static let needs: MetricNeeds = [.network, .method]

  private let chosen: Settings
  private let road: RemoveAndDebias

  /// The metric with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.family)
    road = RemoveAndDebias(chosen)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The method once more, and the passes of ROAD.
  public func costs(_ network: Graph) -> [MetricCost] { [road.cost, Coherency.cost] }

  /// The number of each subject, and the three it is made of.
  /// - Throws: `ExplanationError` where the maps cannot be made again or the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let roads = try await road.measure(subjects, with: probe)
    let coherencies = try await Coherency.measure(subjects, with: probe)
    let maps = try await subjects.hostMaps()
    return subjects.targets.indices.map { target in
      guard let combined = roads[target].value, let coherency = coherencies[target].value else {
        return roads[target].value == nil ? roads[target] : coherencies[target]
      }
      let map = maps.rows(target..<target + 1).elements.map(Double.init).minMaxed
      let mean = map.reduce(0, +) / Double(map.count)
      let share = min(max(2 * combined, 0), 1)
      return Measurement(
        harmonicMean(coherency, 1 - mean, share),
        isDegenerate: roads[target].isDegenerate || coherencies[target].isDegenerate,
        parts: [.init("coherency", coherency), .init("complexity", mean), .init("road", share)])
    }
  }
}
