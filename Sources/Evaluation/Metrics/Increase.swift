import Graphs
import Saliency

/// Increase in confidence: how often the score grows when the image is seen through its map.
///
/// 100 where O > Y, else 0, Y the score of the image and O that of x·S; the mean is a share in percent
/// — Chattopadhyay and others, Grad-CAM++, 2018, section 5.1.
public struct Increase: Metric {
  /// The metric's name on the command line.
  public static let name = "increase"

  /// It is set together with the others that compare the image with what is seen through its map.
  public static let family = ConfidenceChange.family

  /// Chattopadhyay and others, 2018.
  public static let citation = Citation(
    paper: "A. Chattopadhyay, A. Sarkar, P. Howlader, V. N. Balasubramanian, Grad-CAM++: Improved"
      + " Visual Explanations for Deep Convolutional Networks, WACV 2018, arXiv 1710.11063",
    equations: [
      "increase = 100/N * number of images with O > Y,  O = p(x * S)"
    ],
    deviations: [
      "library=true is pytorch-grad-cam: logits, not divided by Y, no percent",
      "keep=0.5 leaves half of the pixels, as the paper of Score-CAM is said to do",
    ])

  /// What can be set.
  public static let settings = ConfidenceChange.settings

  /// A map that hides what disturbs raises the score.
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

  /// Whether each subject's score grows.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let scale: Double = change.isLibrary ? 1 : 100
    return try await change.measure(subjects, with: probe).map { measurement in
      guard let clean = measurement.part("clean"), let seen = measurement.part("seen") else {
        return measurement
      }
      var counted = measurement
      counted.value = seen > clean ? scale : 0
      counted.reason = nil
      return counted
    }
  }
}
