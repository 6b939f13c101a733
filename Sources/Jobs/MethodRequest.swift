import Saliency

/// A method with its settings, as the user chose it.
public struct MethodRequest: Sendable {
  /// What files, records and reports call it, `group-cam_variant=head`.
  public let name: String
  /// The method.
  public let explainer: any Explainer

  /// The method's own name, `group-cam`.
  public var methodName: String { type(of: explainer).name }

  /// The variant, where the method has several.
  public var variant: String? {
    explainer.resolvedSettings.first { $0.name == "variant" }?.value
  }

  /// The settings in force, numbers as numbers.
  public var settings: JSONValue {
    let declared = type(of: explainer).settings
    return .object(
      explainer.resolvedSettings.map { setting in
        let domain = declared.first { $0.name == setting.name }?.domain
        return JSONValue.Member(setting.name, MethodRequest.value(setting.value, domain))
      })
  }

  private static func value(_ text: String, _ domain: Setting.Domain?) -> JSONValue {
    switch domain {
    case .integer, .oddInteger: Int(text).map(JSONValue.integer) ?? .string(text)
    case .number: Double(text).map { .number($0) } ?? .string(text)
    case .flag: text == "true" ? .bool(true) : text == "false" ? .bool(false) : .string(text)
    default: .string(text)
    }
  }
}

/// The methods that exist, against which names and settings are read.
public struct MethodCatalogue: Sendable {
  /// The methods, in the order of the list.
  public let methods: [any Explainer.Type]

  /// A catalogue; by default of every method.
  public init(_ methods: [any Explainer.Type] = Catalogue.methods) {
    self.methods = methods
  }

  /// The names of all methods.
  public var names: [String] { methods.map { $0.name } }

  /// The method of a name.
  /// - Throws: `Failure` naming the nearest.
  public func method(_ name: String, flag: String = "--method") throws(Failure)
    -> any Explainer.Type
  {
    if let method = methods.first(where: { $0.name == name }) { return method }
    let place = flag.isEmpty ? name : "\(flag) \(name)"
    throw Failure(
      .usage, place, "no such method",
      try: Spelling.question(name, names) ?? "salient methods lists them")
  }

  /// Reads all `--method` and `--set` flags; what stands twice is explained once.
  /// - Throws: `Failure` where a method, setting or value is unknown.
  public func requests(_ texts: [String], set: [String]) throws(Failure) -> [MethodRequest] {
    var chosen: [(method: any Explainer.Type, own: [(key: String, value: String)])] = []
    for text in texts {
      for word in text.split(separator: ",", omittingEmptySubsequences: false) {
        chosen.append(try choice(String(word).trimmed))
      }
    }
    var common: [[String: String]] = chosen.map { _ in [:] }
    for text in set {
      try apply(text, to: &common, of: chosen.map(\.method))
    }
    var requests: [MethodRequest] = []
    for (choice, shared) in zip(chosen, common) {
      let request = try request(choice.method, own: choice.own, shared: shared)
      if !requests.contains(where: { $0.name == request.name }) { requests.append(request) }
    }
    return requests
  }

  /// The methods that texts of `--method` name; unknown names are passed over.
  public func methods(in texts: [String]) -> [any Explainer.Type] {
    let words = texts.flatMap { $0.split(separator: ",") }
    let names = Set(
      words.map { word in String(word).trimmed.prefix { $0 != ":" } }.map(String.init))
    return methods.filter { names.contains($0.name) }
  }

  /// The texts of `--set` that belong to one of the methods.
  public func fitting(_ set: [String], to texts: [String]) -> [String] {
    let chosen = methods(in: texts)
    return set.filter { text in
      let key = text.prefix { $0 != "=" }
      guard let point = key.firstIndex(of: ".") else {
        return chosen.contains { method in method.settings.contains { $0.name == key } }
      }
      return chosen.contains { $0.name == key[..<point] }
    }
  }

  /// `group-cam:variant=head:groups=16`.
  private func choice(
    _ text: String
  ) throws(Failure) -> (method: any Explainer.Type, own: [(key: String, value: String)]) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let method = try method(parts.first ?? "")
    var own: [(key: String, value: String)] = []
    for part in parts.dropFirst() {
      let place = "--method \(text)"
      let (key, value) = try pair(part, place)
      try check(key, of: [method], place)
      guard !own.contains(where: { $0.key == key }) else {
        throw Failure(.usage, place, "\(key) stands twice", try: "keep one")
      }
      own.append((key, value))
    }
    return (method, own)
  }

  private func pair(_ text: String, _ place: String) throws(Failure) -> (key: String, value: String)
  {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw Failure(.usage, place, "\(text.isEmpty ? "a setting" : text) is not KEY=VALUE")
    }
    return (String(text[..<sign]), String(text[text.index(after: sign)...]))
  }

  private func check(
    _ key: String, of methods: [any Explainer.Type], _ place: String
  ) throws(Failure) {
    let known = methods.flatMap { $0.settings.map(\.name) }
    guard !known.contains(key) else { return }
    let owners = methods.map { $0.name }.joined(separator: ", ")
    throw Failure(
      .usage, place, "\(owners) has no setting \(key)",
      try: Spelling.question(key, known)
        ?? "salient methods \(methods.first?.name ?? "") lists them")
  }

  /// Applies `group-cam.groups=16` to that method, and `groups=16` to every one that has it.
  private func apply(
    _ text: String, to settings: inout [[String: String]], of chosen: [any Explainer.Type]
  ) throws(Failure) {
    let place = "--set \(text)"
    var (key, value) = try pair(text, place)
    var wanted = chosen
    if let point = key.firstIndex(of: "."), point > key.startIndex {
      let owner = try method(String(key[..<point]), flag: place + ":")
      key = String(key[key.index(after: point)...])
      wanted = chosen.filter { $0.name == owner.name }
      try check(key, of: [owner], place)
      guard !wanted.isEmpty else {
        throw Failure(
          .usage, place, "\(owner.name) is not among the methods", try: "add --method \(owner.name)"
        )
      }
    } else {
      try check(key, of: chosen, place)
    }
    for (index, method) in chosen.enumerated()
    where wanted.contains(where: { $0.name == method.name })
      && method.settings.contains(where: { $0.name == key })
    {
      settings[index][key] = value
    }
  }

  private func request(
    _ method: any Explainer.Type, own: [(key: String, value: String)], shared: [String: String]
  ) throws(Failure) -> MethodRequest {
    let settings = own.reduce(into: shared) { $0[$1.key] = $1.value }
    let order = method.settings.map(\.name)
    let ordered = own.sorted {
      (order.firstIndex(of: $0.key) ?? 0) < (order.firstIndex(of: $1.key) ?? 0)
    }
    do {
      return MethodRequest(
        name: ([method.name] + ordered.map { "\($0.key)=\($0.value)" }).joined(separator: "_"),
        explainer: try method.init(settings: settings))
    } catch {
      throw Failure(.usage, error.setting, error.reason)
    }
  }
}

extension Spelling {
  /// `did you mean --model?`, or nil where nothing is near.
  package static func question(_ word: String, _ candidates: [String]) -> String? {
    nearest(to: word, among: candidates, limit: 1).first.map { "did you mean \($0)?" }
  }
}
