import Evaluation
import Graphs
import Jobs
import Reports
import Saliency
import Salient

/// Everything that `evaluate` knows before the first kernel runs.
struct EvaluatePlan {
  let evaluation: EvaluationJob
  /// What is known of the run.
  var record: RunRecord { plan.record }
  private(set) var plan: ExplainPlan
  /// The images that are left to be measured, where an earlier run goes on.
  let pendingCount: Int
  private let notes: [String]

  init(_ choices: EvaluateChoices, _ list: InputList) async throws(Failure) {
    do throws(Failure) {
      plan = try await ExplainPlan(choices.explain, list)
    } catch {
      throw choices.naming(error)
    }
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
          choices.settings, beside: job.methods.map { type(of: $0.explainer) }, kept: metrics,
          leftOut: choices.metrics)
      }
    }
    if let metric = metrics.first(where: { $0.needs.contains(.regions) }), regions == nil {
      throw Failure(
        .usage, "--metric \(metric.name)", "nobody says where the objects are",
        try: "give --truth with boxes or masks: COCO .json, a folder of .xml, or a data set")
    }
    notes += regions?.notes ?? []
    var maps: FinishedMaps?
    if let folder = choices.maps { maps = try FinishedMaps(folder, of: job.inputs) }
    if maps?.areForeign ?? false {
      notes.append(
        "--maps: a map as large as its picture covers the picture; any other covers what the network"
          + " sees")
    }
    if let maps, maps.kinds.contains(where: { maps.explainer(of: $0) == nil }),
      metrics.contains(where: \.smoothsGradients)
    {
      notes.append(
        "pointing-game.smooth: nobody says whether these are maps of gradients; they stay as they are"
      )
    }
    notes += try Self.check(metrics, job, maps)
    if let rules = choices.rules {
      notes += rules.missing.map { "--protocol \(rules.name): \($0)" }
    }
    var evaluation = EvaluationJob(
      job, metrics: metrics,
      targets: choices.targets.isEmpty ? nil : try job.context.targets(choices.targets),
      rules: choices.rules, regions: regions, maps: maps, keepsCurves: choices.keepsCurves,
      bootstrap: Bootstrap(seed: choices.explain.seed))
    evaluation.followsRules =
      choices.rules?.prescribes(
        preset: plan.preset.preparation.preset.name, scores: job.context.scores) ?? false
    let source = plan.record.provenance
    evaluation.facts = [
      .init("version", .string(source.version)), .init("model", .string(source.modelPath)),
      .init("device", .string(source.device)), .init("preset", plan.record.preset),
      .init("scores", .string(job.context.scores.rawValue)),
    ]
    let page = EvaluationPage(of: evaluation, facts: Self.facts(plan, evaluation))
    evaluation.closing = { record, summary throws(Failure) in try page.write(record, summary) }
    try await plan.countMemory(evaluation.deviceByteCount)
    self.evaluation = evaluation
    // Before anything in the folder is read for what it is not.
    try evaluation.checkFolder(against: plan.record)
    pendingCount = try evaluation.pendingCount()
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

  /// Refuses metrics that cannot judge any of these maps.
  /// - Returns: a note for each kind of maps that one cannot judge, and passes over.
  private static func check(
    _ metrics: [MetricRequest], _ job: Job, _ maps: FinishedMaps?
  ) throws(Failure) -> [String] {
    var notes: [String] = []
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
      let obstacles = all.compactMap { metric.metric.obstacle($0, in: network) }
      if let first = obstacles.first, obstacles.count == all.count {
        throw Failure(.content, "--metric \(metric.name)", first)
      }
      var seen: Set<String> = []
      for obstacle in obstacles where seen.insert(obstacle).inserted {
        notes.append("passed over: \(obstacle)")
      }
    }
    return notes
  }

  private static func facts(_ plan: ExplainPlan, _ evaluation: EvaluationJob) -> [RunSummary.Fact] {
    let source = plan.record.provenance
    let driver = source.driver.map { ", driver \($0)" } ?? ""
    return [
      .init("model", "\(source.modelPath), SHA-256 \(source.modelSHA256.prefix(16))..."),
      .init("input", plan.preset.line(plan.model.network.imageShape, pictures: true)),
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
}
