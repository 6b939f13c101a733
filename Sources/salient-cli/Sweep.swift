import Jobs
import Saliency

/// One `--sweep SETTING=V,V,...`.
struct Sweep {
  let owner: String?
  let key: String
  let values: [String]
  private let text: String

  /// Whether it goes over layers.
  var isOfLayers: Bool { owner == nil && key == "layer" }

  init(_ text: String) throws(Failure) {
    self.text = text
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw Failure(
        .usage, "--sweep \(text)", "is not SETTING=V,V,...",
        try: "write --sweep group-cam.groups=1,8,32 or --sweep layer=layer3,layer4")
    }
    let name = text[..<sign]
    let point = name.lastIndex(of: ".")
    owner = point.map { String(name[..<$0]) }
    key = point.map { String(name[name.index(after: $0)...]) } ?? String(name)
    values = text[text.index(after: sign)...]
      .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard values.allSatisfy({ !$0.isEmpty }), Set(values).count == values.count else {
      throw Failure(.usage, "--sweep \(text)", "names a value twice, or an empty one")
    }
  }

  /// Refuses values that a method does not take.
  private func check(_ texts: [String], _ catalogue: MethodCatalogue) throws(Failure) {
    do throws(Failure) {
      _ = try catalogue.requests(texts, set: [])
    } catch {
      let what = error.place.isEmpty ? error.what : "\(error.place): \(error.what)"
      throw Failure(error.kind, "--sweep \(text)", what, try: error.hint)
    }
  }

  /// The methods with each value of each sweep, one sweep at a time.
  static func methods(_ texts: [String], _ sweeps: [Sweep]) throws(Failure) -> [String] {
    let words = texts.flatMap { $0.split(separator: ",").map(String.init) }
    let catalogue = EvaluateChoices.catalogue
    var made: [[String]] = words.map { _ in [] }
    for sweep in sweeps {
      if let owner = sweep.owner { _ = try catalogue.method(owner, flag: "--sweep \(sweep.text):") }
      var isUsed = false
      for (place, word) in words.enumerated() {
        let name = String(word.prefix { $0 != ":" })
        guard sweep.owner == nil || sweep.owner == name,
          try catalogue.method(name).settings.contains(where: { $0.name == sweep.key })
        else { continue }
        isUsed = true
        let texts = sweep.values.map { "\(word):\(sweep.key)=\($0)" }
        try sweep.check(texts, catalogue)
        made[place] += texts
      }
      guard isUsed else {
        var known: [String] = []
        for word in words {
          known += try catalogue.method(String(word.prefix { $0 != ":" })).settings.map(\.name)
        }
        throw Failure(
          .usage, "--sweep \(sweep.text)", "none of the methods has the setting \(sweep.key)",
          try: Spelling.question(sweep.key, known) ?? "salient methods lists them")
      }
    }
    return zip(words, made).flatMap { $1.isEmpty ? [$0] : $1 }
  }
}
