import ArgumentParser
import Evaluation
import Jobs
import Saliency
import Salient

/// `salient methods`: the list, or all about one.
struct Methods: Verb {
  static let configuration = CommandConfiguration(
    commandName: "methods",
    abstract: "The methods with their passes; with NAME: equations, citation, settings, an example."
  )

  static let examples = ["salient methods", "salient methods group-cam"]

  @Argument(help: "The method to explain.")
  var name: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  func perform() async throws(Failure) -> Int32 {
    let catalogue = MethodCatalogue()
    guard let name else {
      let documents = try catalogue.methods.map { method throws(Failure) in try document(method) }
      let list: JSONValue = ["schema": .integer(1), "methods": .array(documents)]
      Terminal.say(json ? list.indented(depth: 3) : try table(catalogue))
      return 0
    }
    if let metric = MetricCatalogue.metric(named: name) {
      let page = MetricPage(metric: metric)
      Terminal.say(json ? page.json.indented() : page.text)
      return 0
    }
    let method = try catalogue.method(name, flag: "")
    Terminal.say(json ? try document(method).indented() : try page(method))
    return 0
  }

  private func table(_ catalogue: MethodCatalogue) throws(Failure) -> String {
    let width = catalogue.names.map(\.count).max() ?? 0
    var text = try "passes \(validity)\n\n"
    for method in catalogue.methods {
      let title = method.citation.paper
      text += "\(method.name.padded(to: width))  \(try describe(passes(method)))\n"
      text += "\(String(repeating: " ", count: width))  \(title)\n"
    }
    let metrics = MetricCatalogue.metrics.map { $0.name }.joined(separator: ", ")
    return text + "\nmetrics of salient evaluate: \(metrics)\n\nsalient methods NAME tells more.\n"
  }

  private func page(_ method: any Explainer.Type) throws(Failure) -> String {
    let citation = method.citation
    var text = "\(method.name)\n\n\(citation.paper)\n\nEquations\n"
    text += citation.equations.map { "  \($0)\n" }.joined()
    if !citation.deviations.isEmpty {
      text += "\nWhere papers and codes differ\n"
      text += citation.deviations.map { "  \($0)\n" }.joined()
    }
    text += "\nPasses\n  \(try describe(passes(method)))\n  \(try validity)\n\nNeeds\n"
    text += "  \(try needs(method))\n\nSettings\n"
    if method.settings.isEmpty { text += "  none\n" }
    let width = method.settings.map { $0.name.count + $0.defaultValue.count + 1 }.max() ?? 0
    for setting in method.settings {
      let head = "\(setting.name)=\(setting.defaultValue)".padded(to: width)
      text += "  \(head)  \(setting.summary) (\(setting.domain.description))\n"
    }
    return text + "\nExample\n" + Self.example(of: method).map { "  \($0)\n" }.joined()
  }

  /// Commands that run as they stand: the bundled network on a rendered picture.
  private static func example(of method: any Explainer.Type) -> [String] {
    let setting = method.settings.first.map { ":\($0.name)=\($0.defaultValue)" } ?? ""
    return [
      "salient scenes -o pictures --count 1 --seed 1",
      "salient explain pictures --model scenes --method \(method.name)\(setting) -o maps",
    ]
  }

  private func needs(_ method: any Explainer.Type) throws(Failure) -> String {
    try explainer(method).readsLayer
      ? "a layer of channels x height x width: the automatic one, or --layer NAME" : "no layer"
  }

  private func document(_ method: any Explainer.Type) throws(Failure) -> JSONValue {
    let passes = try passes(method)
    return [
      "name": .string(method.name), "paper": .string(method.citation.paper),
      "equations": .array(method.citation.equations.map(JSONValue.string)),
      "deviations": .array(method.citation.deviations.map(JSONValue.string)),
      "passes": [
        "forwards": .integer(passes.forwards), "tails": .integer(passes.tails),
        "backwards": .integer(passes.backwards),
      ],
      "layer": .bool(try explainer(method).readsLayer),
      "settings": .array(
        method.settings.map { setting in
          [
            "name": .string(setting.name), "default": .string(setting.defaultValue),
            "values": .string(setting.domain.description), "summary": .string(setting.summary),
          ]
        }),
      "example": .array(Self.example(of: method).map(JSONValue.string)),
    ]
  }

  /// The passes on the bundled network: those of some methods depend on the layer.
  private func passes(_ method: any Explainer.Type) throws(Failure) -> Passes {
    let network = try Salient.Model.read(Self.network)
    let graph = network.graph.with(outputs: [network.logits.value])
    return try explainer(method).needs(graph).passes
  }

  /// The network whose passes are told.
  private static let network = "scenes"

  /// What the numbers of passes hold for.
  private var validity: String {
    get throws(Failure) {
      let image = try Salient.Model.read(Self.network).imageShape
      return "on the bundled network (--model \(Self.network)) of \(image[1])x\(image[2]) pixels;"
        + " at most, for masks that hold nothing are skipped"
    }
  }

  private func explainer(_ method: any Explainer.Type) throws(Failure) -> any Explainer {
    do {
      return try method.init(settings: [:])
    } catch {
      throw Failure(.ours, method.name, "\(error)", try: "please report this")
    }
  }

  private func describe(_ passes: Passes) -> String {
    "\(Quantity.count(passes)) for an image and target"
  }
}
