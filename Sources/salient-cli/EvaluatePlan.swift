import Evaluation
import Graphs
import Jobs
import Reports
import Saliency
import Salient

/// Everything that `evaluate` knows before the first kernel runs.
struct EvaluatePlan {
  let evaluation: EvaluationJob
  let record: RunRecord
  private let plan: ExplainPlan
  private let notes: [String]

  init(_ choices: EvaluateChoices, _ list: InputList) async throws(Failure) {
    plan = try await ExplainPlan(choices.explain, list)
    let job = plan.job
    var notes: [String] = []
    var metrics = choices.metrics
    var regions: RegionBook?
    if metrics.contains(where: { $0.needs.contains(.regions) }) {
      do throws(Failure) {
        regions = try Self.regions(choices, list, job)
      } catch  where !choices.areMetricsStated {
        notes.append("no metric of objects: \(error.description)")
      }
      if regions == nil, !choices.areMetricsStated {
        metrics.removeAll { $0.needs.contains(.regions) }
        try MetricChoice.check(
          choices.settings, kept: metrics, leftOut: choices.metrics)
      }
    }
    if let metric = metrics.first(where: { $0.needs.contains(.regions) }), regions == nil {
      throw Failure(
        .usage, "--metric \(metric.name)", "nobody says where the objects are",
        try: "give --truth with boxes or masks: COCO .json, a folder of .xml, or a data set")
    }
    var maps: FinishedMaps?
    if let folder = choices.maps { maps = try FinishedMaps(folder, of: job.inputs) }
    try Self.check(metrics, job, maps)
    var evaluation = EvaluationJob(
      job, metrics: metrics,
      targets: choices.targets.isEmpty ? nil : try job.context.targets(choices.targets),
      rules: choices.rules, regions: regions, maps: maps, keepsCurves: choices.keepsCurves,
      bootstrap: Bootstrap(seed: choices.explain.seed))
    let source = plan.record.provenance
    evaluation.facts = [
      .init("version", .string(source.version)), .init("model", .string(source.modelPath)),
      .init("device", .string(source.device)), .init("preset", plan.record.preset),
      .init("scores", .string(job.context.scores.rawValue)),
    ]
    let page = EvaluationPage(of: evaluation, facts: Self.facts(plan, evaluation))
    evaluation.closing = { record, summary throws(Failure) in try page.write(record, summary) }
    self.evaluation = evaluation
    record = plan.record
    self.notes = notes
  }

  private static func regions(
    _ choices: EvaluateChoices, _ list: InputList, _ job: Job
  ) throws(Failure) -> RegionBook? {
    var (source, name): (RegionSource?, String) = (nil, "")
    if let truth = choices.explain.truth {
      (source, name) = (try RegionSource(truth), truth)
    } else if !list.dataSets.isEmpty {
      source = try RegionSource(dataSets: list.dataSets)
      name = list.dataSets.joined(separator: ", ")
    }
    return try source.map { source throws(Failure) in
      try RegionBook(source, named: name, for: job.inputs, job.context)
    }
  }

  /// Refuses metrics that cannot judge these maps.
  private static func check(
    _ metrics: [MetricRequest], _ job: Job, _ maps: FinishedMaps?
  ) throws(Failure) {
    for metric in metrics {
      guard maps == nil || !metric.needs.contains(.method) else {
        throw Failure(
          .usage, "--metric \(metric.name)", "runs the method again, and finished maps have none",
          try: "leave out --maps, or choose another metric")
      }
      let network = job.engine.network
      let makers = job.methods.flatMap { method in
        job.layers(of: method).map { layer in
          Maker(method.explainer, at: layer.parts.map { LayerName($0.tensor) })
        }
      }
      let all: [Maker?] = maps == nil ? makers : [nil]
      for maker in all {
        if let obstacle = metric.metric.obstacle(maker, in: network) {
          throw Failure(.content, "--metric \(metric.name)", obstacle)
        }
      }
    }
  }

  private static func facts(_ plan: ExplainPlan, _ evaluation: EvaluationJob) -> [RunSummary.Fact] {
    let source = plan.record.provenance
    let driver = source.driver.map { ", driver \($0)" } ?? ""
    return [
      .init("model", "\(source.modelPath), SHA-256 \(source.modelSHA256.prefix(16))..."),
      .init("input", plan.preset.line(plan.model.network, pictures: true)),
      .init("protocol", evaluation.rules?.name ?? "none"),
      .init("scores", evaluation.job.context.scores.rawValue),
      .init("device", "\(source.device)\(driver), \(source.precision)"),
      .init("seed", String(plan.record.seed)), .init("program", "salient \(source.version)"),
    ]
  }

  /// The lines before the first kernel.
  var header: [String] {
    let lines = plan.header.filter { !$0.hasPrefix("work") }
    let names = evaluation.metrics.map(\.name).joined(separator: ", ")
    let rules = evaluation.rules.map { "  protocol \($0.name)" } ?? ""
    return lines + ["metrics  \(names)\(rules)", workLine] + notes.map { "note     \($0)" }
  }

  private var workLine: String {
    let network = evaluation.job.engine.network
    let kinds = evaluation.kinds.count
    var forwards = 0
    for metric in evaluation.metrics {
      let cost = metric.metric.cost(network)
      forwards += kinds * cost.passes.forwards
      for method in evaluation.job.methods {
        let passes = method.explainer.needs(network).passes
        forwards +=
          cost.explanations * passes.forwards * evaluation.job.layers(of: method).count
      }
    }
    let count = evaluation.job.inputs.count
    return "work     \(Quantity.count(count, "image")) x "
      + "\(Quantity.count(kinds, "kind of map", "kinds of maps")) x "
      + "\(Quantity.count(evaluation.metrics.count, "metric")) = "
      + "\(Quantity.count(count * forwards + plan.prediction.forwards, "forward"))"
  }
}
