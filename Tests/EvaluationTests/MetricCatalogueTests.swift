import Evaluation
import Saliency
import Testing

@Suite("The catalogue of metrics")
struct MetricCatalogueTests {
  @Test("names are unique, and every metric is cited")
  func namesAreUnique() {
    let names = MetricCatalogue.metrics.map { $0.name }
    #expect(Set(names).count == names.count)
    for metric in MetricCatalogue.metrics {
      #expect(!metric.citation.paper.isEmpty && !metric.citation.equations.isEmpty)
    }
  }

  @Test("every metric takes its defaults, and metrics of a family the same settings")
  func defaults() throws {
    for metric in MetricCatalogue.metrics {
      let made = try metric.init(settings: [:])
      let given = Dictionary(
        made.resolvedSettings.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
      #expect(
        try metric.init(settings: given).resolvedSettings.map(\.value)
          == made.resolvedSettings.map(\.value))
      for other in MetricCatalogue.metrics where other.family == metric.family {
        #expect(other.settings == metric.settings, "\(other.name), \(metric.name)")
      }
    }
  }

  @Test("what is misspelt is named with what was meant")
  func misspelt() throws {
    let metric = #expect(throws: SettingError.self) {
      try MetricCatalogue.metric(named: "insertoin", settings: [:])
    }
    #expect(metric?.description.contains("did you mean insertion?") == true)
    let setting = #expect(throws: SettingError.self) {
      try MetricCatalogue.metric(named: "deletion", settings: ["stpe": "448"])
    }
    #expect(setting?.description.hasPrefix("insertion-deletion.stpe: no such setting") == true)
    #expect(setting?.description.contains("did you mean step?") == true)
    for percentiles in ["20,", "", "20,101", "a"] {
      #expect(throws: SettingError.self) {
        try MetricCatalogue.metric(named: "road", settings: ["percentiles": percentiles])
      }
    }
    #expect(throws: SettingError.self) { try EvaluationProtocol.named("papers") }
  }

  @Test("protocols set what exists")
  func protocols() throws {
    let methods = Set((Catalogue.methods + Floors.methods).map { $0.name })
    for one in EvaluationProtocol.all {
      #expect(try EvaluationProtocol.named(one.name) == one)
      for (family, settings) in one.settings {
        let metrics = MetricCatalogue.metrics.filter { $0.family == family }
        #expect(!metrics.isEmpty, "\(one.name): \(family)")
        for metric in metrics { _ = try metric.init(settings: settings) }
      }
      for figure in one.figures {
        #expect(MetricCatalogue.metric(named: figure.metric) != nil)
        #expect(methods.contains(figure.method), "\(figure.method)")
      }
    }
  }

  @Test("protocols have the constants of their sources")
  func constants() throws {
    let usual = ["insertion", "deletion", "over-all"]
    let boxes = ["tol": "0", "region": "box"]
    let pointing = [
      "tol": "15", "region": "auto", "subset": "all", "classes": "all", "smooth": "0.02",
    ]
    let threshold = ["threshold": "0.15", "conn": "8", "iou": "0.5", "top": "1"]
    let rows: [(String, String, String?, [String], any Metric.Type, [String: String])] = [
      (
        "paper", "imagenet", "softmax", usual, Deletion.self,
        ["step": "paper", "del": "blur", "ins": "blur"]
      ), ("paper", "imagenet", "softmax", usual, Pointing.self, boxes),
      (
        "group-cam", "imagenet", "softmax", usual, Insertion.self,
        ["step": "448", "del": "zero", "ins": "blur"]
      ), ("group-cam", "imagenet", "softmax", usual, Pointing.self, boxes),
      (
        "rise", "squash224", "softmax", ["insertion", "deletion"], OverAll.self,
        ["step": "1792", "del": "zero", "ins": "blur-rise"]
      ), ("torchray", "torchray", nil, ["pointing"], Pointing.self, pointing),
      ("grad-cam", "squash224", nil, ["localisation"], Localisation.self, threshold),
    ]
    for (name, preset, scores, metrics, metric, constants) in rows {
      let rules = try EvaluationProtocol.named(name)
      #expect(rules.preset == preset && rules.metrics == metrics, "\(name)")
      #expect(rules.scores?.rawValue == scores, "\(name)")
      let values = try metric.init(settings: rules.settings(of: metric)).resolvedSettings
      for (key, value) in constants {
        #expect(values.first { $0.name == key }?.value == value, "\(name), \(key)")
      }
    }
    #expect(Set(rows.map { $0.0 }) == Set(EvaluationProtocol.all.map(\.name)))
  }

  @Test("a published figure stands beside the constants that it was made with alone")
  func figures() throws {
    let rules = try EvaluationProtocol.named("group-cam")
    func figure(_ settings: [String: String], _ explainer: any Explainer) throws -> Double? {
      rules.figure(of: explainer, under: try Deletion(settings: settings))?.value
    }
    let (own, method) = (rules.settings(of: Deletion.self), try GradCAM())
    #expect(try figure(own, method) == 0.0790 && figure(own, TSGB()) == nil)
    #expect(try figure(own.merging(["step": "224"]) { $1 }, method) == nil)
    #expect(try figure(own.merging(["step": "448"]) { $1 }, method) == 0.0790)
    // What is set for the method counts as much, however it is written.
    let usual = try GroupCAM(settings: [:])
    let groups = try #require(usual.resolvedSettings.first { $0.name == "groups" }?.value)
    #expect(try figure(own, usual) == 0.0798)
    #expect(try figure(own, GroupCAM(settings: ["groups": groups])) == 0.0798)
    #expect(try figure(own, GroupCAM(settings: ["groups": "4"])) == nil && groups != "4")
    #expect(rules.prescribes(preset: "imagenet", scores: .softmax))
    #expect(!rules.prescribes(preset: "squash224", scores: .softmax))
    #expect(!rules.prescribes(preset: "imagenet", scores: .raw))
    let free = try EvaluationProtocol.named("torchray")
    #expect(free.prescribes(preset: "torchray", scores: .raw))
  }
}
