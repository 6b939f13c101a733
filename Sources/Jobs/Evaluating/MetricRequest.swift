import Evaluation
import Saliency

/// A metric with its settings, as the user chose it.
public struct MetricRequest: Sendable {
  /// What records and tables call it, `pointing_tol=0`.
  public let name: String
  /// The metric.
  public let metric: any Metric

  package init(name: String, metric: any Metric) {
    self.name = name
    self.metric = metric
  }

  /// The metric's own name, `pointing`.
  public var metricName: String { type(of: metric).name }

  /// What it asks for.
  public var needs: MetricNeeds { type(of: metric).needs }

  /// Which of two values is better.
  public var direction: MetricDirection { type(of: metric).direction }

  /// Which maps of an image it measures where the user names no target.
  var choice: SubjectChoice { (metric as? any RegionMetric)?.choice ?? .top1 }

  /// How many maps are measured together.
  var groupSize: Int {
    guard case .top(let count) = choice else { return 1 }
    return count
  }

  /// Whether it smooths maps of gradients, and no others.
  public var smoothsGradients: Bool {
    metric.resolvedSettings.contains { $0.name == "smooth" && Double($0.value) ?? 0 > 0 }
  }

  /// The settings in force.
  public var settings: JSONValue {
    .object(metric.resolvedSettings.map { JSONValue.Member($0.name, .string($0.value)) })
  }
}
