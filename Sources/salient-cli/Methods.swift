import ArgumentParser
import Graphs
import Jobs
import Saliency
import Salient

/// `salient methods`: the list, or all about one.
struct Methods: Verb {
  static let configuration = CommandConfiguration(
    commandName: "methods",
    abstract: "The methods with their passes; with NAME: equations, citation, settings.")

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
    let method = try catalogue.method(name, flag: "")
    Terminal.say(json ? try document(method).indented() : try page(method))
    return 0
  }

  private func table(_ catalogue: MethodCatalogue) throws(Failure) -> String {
    let width = catalogue.names.map(\.count).max() ?? 0
    var text = ""
    for method in catalogue.methods {
      let title = method.citation.paper
      text += "\(method.name.padded(to: width))  \(try describe(passes(method)))\n"
      text += "\(String(repeating: " ", count: width))  \(title)\n"
    }
    return text + "\nsalient methods NAME tells more.\n"
  }

  private func page(_ method: any Explainer.Type) throws(Failure) -> String {
    let citation = method.citation
    var text = "\(method.name)\n\n\(citation.paper)\n\nEquations\n"
    text += citation.equations.map { "  \($0)\n" }.joined()
    if !citation.deviations.isEmpty {
      text += "\nWhere papers and codes differ\n"
      text += citation.deviations.map { "  \($0)\n" }.joined()
    }
    text += "\nPasses\n  \(try describe(passes(method)))\n\nSettings\n"
    let width = method.settings.map { $0.name.count + $0.defaultValue.count + 1 }.max() ?? 0
    for setting in method.settings {
      let head = "\(setting.name)=\(setting.defaultValue)".padded(to: width)
      text += "  \(head)  \(setting.summary) (\(setting.domain.description))\n"
    }
    let example = method.settings.first.map { ":\($0.name)=\($0.defaultValue)" } ?? ""
    return text + "\nExample\n  salient explain cat.jpg --model net.onnx --method "
      + "\(method.name)\(example)\n"
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
      "settings": .array(
        method.settings.map { setting in
          [
            "name": .string(setting.name), "default": .string(setting.defaultValue),
            "values": .string(setting.domain.description), "summary": .string(setting.summary),
          ]
        }),
    ]
  }

  private func passes(_ method: any Explainer.Type) throws(Failure) -> Passes {
    var builder = GraphBuilder()
    let image = builder.input("image", [1, 3, 224, 224])
    do {
      let graph = try builder.finish(outputs: [image])
      return try method.init(settings: [:]).needs(graph).passes
    } catch {
      throw Failure(.ours, method.name, "\(error)", try: "please report this")
    }
  }

  private func describe(_ passes: Passes) -> String {
    let parts = [
      (passes.forwards, "forward"), (passes.tails, "tail"), (passes.backwards, "backward"),
    ]
    return parts.filter { $0.0 > 0 }.map { Quantity.count($0.0, $0.1) }.joined(separator: ", ")
      + " for an image and target"
  }
}
