import Evaluation
import Saliency

/// Reads `--metric` and the settings of metrics.
public struct MetricChoice: Sendable {
  /// The metrics, each once.
  public let requests: [MetricRequest]
  /// The texts of `--set` that are not for metrics alone.
  public let otherSettings: [String]

  /// Reads the flags.
  /// - Parameters:
  ///   - texts: `NAME[:KEY=VALUE]...`, commas between metrics.
  ///   - settings: the texts of `--set`.
  ///   - methods: the methods of the run, which a bare setting may be for too.
  ///   - rules: a published protocol, whose constants give way to what is set.
  /// - Throws: `Failure` where a metric, setting or value is unknown.
  public init(
    _ texts: [String], set settings: [String], beside methods: [any Explainer.Type],
    rules: EvaluationProtocol?
  ) throws(Failure) {
    var words: [String] = []
    for text in texts {
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        let word = String(part).trimmed
        // No metric begins with a digit: it is the rest of a list, `road:percentiles=20,40`.
        if word.first?.isNumber ?? false, let last = words.last, last.contains("=") {
          words[words.count - 1] = "\(last),\(word)"
        } else {
          words.append(word)
        }
      }
    }
    let chosen = try words.map { word throws(Failure) in try Self.choice(word) }
    var common = chosen.map { choice in rules?.settings(of: choice.metric) ?? [:] }
    var others: [String] = []
    for text in settings {
      let isOfMetrics = try Self.apply(text, to: &common, of: chosen.map(\.metric))
      if !isOfMetrics || Self.isBare(text, of: methods) { others.append(text) }
    }
    otherSettings = others
    var requests: [MetricRequest] = []
    for (choice, shared) in zip(chosen, common) {
      let name = ([choice.metric.name] + choice.own.map { "\($0.key)=\($0.value)" })
        .joined(separator: "_")
      guard !requests.contains(where: { $0.name == name }) else { continue }
      do {
        let values = choice.own.reduce(into: shared) { $0[$1.key] = $1.value }
        requests.append(MetricRequest(name: name, metric: try choice.metric.init(settings: values)))
      } catch {
        throw Failure(.usage, error.setting, error.reason)
      }
    }
    self.requests = requests
  }

  private typealias Choice = (metric: any Metric.Type, own: [(key: String, value: String)])

  /// `pointing:tol=0:region=box`.
  private static func choice(_ text: String) throws(Failure) -> Choice {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let metrics = MetricCatalogue.metrics
    guard let metric = metrics.first(where: { $0.name == parts.first ?? "" }) else {
      let names = metrics.map { $0.name }
      throw Failure(
        .usage, "--metric \(parts.first ?? "")", "no such metric",
        try: Spelling.question(parts.first ?? "", names)
          ?? "there are \(names.joined(separator: ", "))")
    }
    var own: [(key: String, value: String)] = []
    for part in parts.dropFirst() {
      guard let sign = part.firstIndex(of: "="), sign != part.startIndex else {
        throw Failure(.usage, "--metric \(text)", "\(part) is not KEY=VALUE")
      }
      let key = String(part[..<sign])
      try check(key, of: metric, "--metric \(text)")
      guard !own.contains(where: { $0.key == key }) else {
        throw Failure(.usage, "--metric \(text)", "\(key) stands twice", try: "keep one")
      }
      own.append((key, String(part[part.index(after: sign)...])))
    }
    return (metric, own)
  }

  private static func check(
    _ key: String, of metric: any Metric.Type, _ place: String
  ) throws(Failure) {
    let known = metric.settings.map(\.name)
    guard !known.contains(key) else { return }
    throw Failure(
      .usage, place, "\(metric.family) has no setting \(key)",
      try: Spelling.question(key, known)
        ?? (known.isEmpty ? nil : "there are \(known.joined(separator: ", "))"))
  }

  /// Whether a setting without an owner is one of these methods'.
  private static func isBare(_ text: String, of methods: [any Explainer.Type]) -> Bool {
    let key = text.prefix { $0 != "=" }
    return methods.contains { method in method.settings.contains { $0.name == key } }
  }

  /// Applies `pointing-game.tol=0` to that family, and `tol=0` to every metric that has it.
  /// - Returns: whether any metric has it.
  private static func apply(
    _ text: String, to settings: inout [[String: String]], of chosen: [any Metric.Type]
  ) throws(Failure) -> Bool {
    guard let sign = text.firstIndex(of: "=") else { return false }
    var key = String(text[..<sign])
    let value = String(text[text.index(after: sign)...])
    guard let point = key.lastIndex(of: ".") else {
      let places = chosen.indices.filter { place in
        chosen[place].settings.contains { $0.name == key }
      }
      for place in places { settings[place][key] = value }
      return !places.isEmpty
    }
    let owner = String(key[..<point])
    key = String(key[key.index(after: point)...])
    let owners = MetricCatalogue.metrics.filter { $0.family == owner || $0.name == owner }
    guard let first = owners.first else { return false }
    try check(key, of: first, "--set \(text)")
    let places = chosen.indices.filter { place in
      owners.contains { $0.name == chosen[place].name }
    }
    guard !places.isEmpty else {
      throw Failure(
        .usage, "--set \(text)", "\(owner) is not among the metrics",
        try: "add --metric \(first.name)")
    }
    for place in places { settings[place][key] = value }
    return true
  }

  /// Refuses settings that only metrics have which are left out after all.
  /// - Throws: `Failure` naming the first.
  public static func check(
    _ settings: [String], beside methods: [any Explainer.Type], kept: [MetricRequest],
    leftOut: [MetricRequest]
  ) throws(Failure) {
    for text in settings {
      let key = String(text.prefix { $0 != "=" })
      let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
      let isMeant = { (metric: any Metric.Type) in
        parts.count == 2
          ? metric.family == parts[0] || metric.name == parts[0]
          : metric.settings.contains { $0.name == key }
      }
      guard !isBare(text, of: methods), !kept.contains(where: { isMeant(type(of: $0.metric)) }),
        let other = leftOut.first(where: { isMeant(type(of: $0.metric)) })
      else { continue }
      throw Failure(
        .usage, "--set \(text)", "\(other.metricName) is not among the metrics",
        try: "nobody says where the objects are; give --truth with boxes or masks")
    }
  }
}
