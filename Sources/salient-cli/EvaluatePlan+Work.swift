import Evaluation
import Jobs
import Saliency
import Salient

extension EvaluatePlan {
  /// What is left to do, and what it takes.
  var workLine: String {
    let count = evaluation.job.inputs.count
    let images = "work     \(Quantity.count(count, "image"))"
    guard pendingCount > 0 else { return "\(images), all of them measured before" }
    let rest = Double(pendingCount) / Double(count)
    let before =
      pendingCount < count ? " (\(Quantity.grouped(count - pendingCount)) measured before)" : ""
    let passes = passes
    let seconds =
      plan.prediction.seconds
      + (passes.work - plan.prediction.passes.work) * plan.prediction.forwardSeconds
    let forwards = Double(passes.forwards + passes.tails) * rest
    let kinds = evaluation.kinds.count
    let free = plan.prediction.freeByteCount.map { " (\(Quantity.bytes($0)) free)" } ?? ""
    return "\(images)\(before) x "
      + "\(Quantity.count(kinds, "kind of map", "kinds of maps")) x "
      + "\(Quantity.count(evaluation.metrics.count, "metric")) = "
      + "\(Quantity.count(Int(forwards.rounded()), "forward")), "
      + "about \(Quantity.duration(seconds: max(0, seconds) * rest)), "
      + "\(Quantity.bytes(byteCount)) to write\(free)"
  }

  /// Bytes of records, summary and report, roughly: a record is a line of some hundred bytes, and one
  /// with curves of some thousand.
  private var byteCount: Int {
    let records = evaluation.metrics.reduce(0) { $0 + evaluation.mapCount($1) }
    let lines = evaluation.kinds.count * records * (evaluation.keepsCurves ? 3000 : 500)
    return lines + 65_536
  }

  /// The passes of all maps and all metrics, those that metrics share counted once.
  private var passes: Passes {
    let network = evaluation.job.engine.network
    var shared: [String: (cost: MetricCost, maps: Int)] = [:]
    for metric in evaluation.metrics {
      let maps = evaluation.mapCount(metric)
      for cost in metric.metric.costs(network) {
        shared[cost.key] = (cost, max(maps, shared[cost.key]?.maps ?? 0))
      }
    }
    var sum = RunPrediction.passes(
      of: evaluation.job, plan.model.network, targets: evaluation.targetCount)
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
