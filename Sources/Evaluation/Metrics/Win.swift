import Graphs
import Saliency

/// Win: how often a method has the smallest drop of all methods that are measured together.
///
/// 100 where the drop is smaller than that of every other method, else 0; the mean is a share in percent
/// — Chattopadhyay and others, Grad-CAM++, 2018, section 5.1, there for two methods.
public struct Win: Metric {
  /// The metric's name on the command line.
  public static let name = "win"

  /// It is set together with the others that compare the image with what is seen through its map.
  public static let family = ConfidenceChange.family

  /// Chattopadhyay and others, 2018.
  public static let citation = Citation(
    paper: "A. Chattopadhyay, A. Sarkar, P. Howlader, V. N. Balasubramanian, Grad-CAM++: Improved"
      + " Visual Explanations for Deep Convolutional Networks, WACV 2018, arXiv 1710.11063",
    equations: [
      "win of A = 100/N * number of images where A has the smaller drop"
    ],
    deviations: [
      "where two methods have the same smallest drop, nobody wins",
      "one method alone has no value",
      "library=true is pytorch-grad-cam: logits, not divided by Y, no percent",
      "keep=0.5 leaves half of the pixels, as the paper of Score-CAM is said to do",
    ])

  /// What can be set.
  public static let settings = ConfidenceChange.settings

  /// Who loses less wins.
  public static let direction = MetricDirection.higher

  /// The score of the image through its map.
  public static let needs: MetricNeeds = .network

  private let chosen: Settings
  private let change: ConfidenceChange

  /// The metric with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.family)
    change = ConfidenceChange(chosen)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// One pass; that of the clean image is shared.
  public func costs(_ network: Graph) -> [MetricCost] { [change.cost] }

  /// The drop of each subject as a part; who wins is not known yet.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    try await change.measure(subjects, with: probe).map { measurement in
      guard let drop = measurement.value else { return measurement }
      var open = measurement
      open.parts.append(.init("drop", drop))
      open.value = nil
      open.reason = "a win needs the maps of two methods"
      return open
    }
  }

  /// The winners, where there are several methods.
  public func compared(_ methods: [[Measurement]]) -> [[Measurement]] {
    guard methods.count > 1 else { return methods }
    return methods.indices.map { own in
      methods[own].indices.map { subject in
        var decided = methods[own][subject]
        guard let drop = decided.part("drop") else { return decided }
        let others = methods.indices.filter { $0 != own }.compactMap { method in
          methods[method].indices.contains(subject) ? methods[method][subject].part("drop") : nil
        }
        guard !others.isEmpty else { return decided }
        decided.value = others.allSatisfy { drop < $0 } ? 100 : 0
        decided.reason = nil
        return decided
      }
    }
  }
}
