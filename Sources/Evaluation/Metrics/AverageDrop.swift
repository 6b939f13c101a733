import Graphs
import Saliency

/// Average drop: what share of the score is lost when the image is seen through its map.
///
/// 100 · max(0, Y − O) / Y, Y the score of the image and O that of x·S — Chattopadhyay and others,
/// Grad-CAM++, 2018, section 5.1. In percent.
public struct AverageDrop: Metric {
  /// The metric's name on the command line.
  public static let name = "average-drop"

  /// It is set together with the others that compare the image with what is seen through its map.
  public static let family = ConfidenceChange.family

  /// Chattopadhyay and others, 2018.
  public static let citation = Citation(
    paper: "A. Chattopadhyay, A. Sarkar, P. Howlader, V. N. Balasubramanian, Grad-CAM++: Improved"
      + " Visual Explanations for Deep Convolutional Networks, WACV 2018, arXiv 1710.11063",
    equations: [
      "drop = 100/N * sum max(0, Y - O) / Y,  O = p(x * S)"
    ],
    deviations: [
      "library=true is pytorch-grad-cam: logits, not divided by Y, no percent",
      "keep=0.5 leaves half of the pixels, as the paper of Score-CAM is said to do",
    ])

  /// What can be set.
  public static let settings = ConfidenceChange.settings

  /// A map that keeps what counts loses little.
  public static let direction = MetricDirection.lower

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

  /// The drop of each subject.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let scale: Double = change.isLibrary ? 1 : 100
    return try await change.measure(subjects, with: probe).map { measurement in
      var scaled = measurement
      scaled.value = measurement.value.map { $0 * scale }
      return scaled
    }
  }
}
