import Evaluation
import Jobs
import Saliency

extension EvaluatePlan {
  /// What is left to do, and what it takes.
  var workLine: String {
    let count = evaluation.job.inputs.count
    let images = "work     \(Quantity.count(count, "image"))"
    guard pendingCount > 0 || count == 0 else { return "\(images), all of them measured before" }
    let rest = Double(pendingCount) / Double(max(1, count))
    let before =
      pendingCount < count ? " (\(Quantity.grouped(count - pendingCount)) measured before)" : ""
    let extra = measuringPasses
    // A backward pass computes about as much as two forward passes; what is written is some hundred
    // bytes a map.
    let work = Double(extra.forwards + extra.tails) + 2 * Double(extra.backwards)
    let seconds = plan.prediction.seconds + work * plan.prediction.forwardSeconds
    let forwards = Double(plan.prediction.forwards + extra.forwards + extra.tails) * rest
    let kinds = evaluation.kinds.count
    return "\(images)\(before) x "
      + "\(Quantity.count(kinds, "kind of map", "kinds of maps")) x "
      + "\(Quantity.count(evaluation.metrics.count, "metric")) = "
      + "\(Quantity.count(Int(forwards.rounded()), "forward")), "
      + "about \(Quantity.duration(seconds: seconds * rest))"
  }

  /// The passes of all metrics, those that they share counted once.
  private var measuringPasses: Passes {
    let network = evaluation.job.engine.network
    var shared: [String: (cost: MetricCost, maps: Int)] = [:]
    for metric in evaluation.metrics {
      let maps = evaluation.mapCount(metric)
      for cost in metric.metric.costs(network) {
        shared[cost.key] = (cost, max(maps, shared[cost.key]?.maps ?? 0))
      }
    }
    var sum = Passes()
    for (cost, maps) in shared.values {
      sum.add(cost.passes, times: evaluation.kinds.count * maps)
      for method in evaluation.job.methods {
        let times = cost.explanations * maps * evaluation.job.layers(of: method).count
        sum.add(method.explainer.needs(network).passes, times: times)
      }
    }
    return sum
  }
}

extension Passes {
  fileprivate mutating func add(_ other: Passes, times count: Int) {
    forwards += count * other.forwards
    tails += count * other.tails
    backwards += count * other.backwards
  }
}
