import Jobs

/// Where the values of flags come from: the command line, a recipe, an earlier run, in this order.
struct FlagSources {
  private let recipe: Recipe?
  private let earlier: EarlierRun

  /// - Parameters:
  ///   - recipe: the name of a recipe.
  ///   - earlier: the path of a run.json.
  ///   - recipes: those of the verb.
  ///   - verbs: whose runs have the same flags; empty for any.
  /// - Throws: `Failure` where there is no such recipe or file, or it is of another verb.
  init(
    recipe: String?, earlier: String?, among recipes: [Recipe] = Recipe.all, verbs: [String] = []
  ) throws(Failure) {
    self.recipe = try recipe.map { name throws(Failure) in try Recipe(named: name, among: recipes) }
    self.earlier = try EarlierRun(earlier, of: verbs)
  }

  /// The value of a flag.
  func text(_ flag: String, _ given: String?) -> String? {
    given ?? recipe?.values[flag]?.first ?? earlier.text(flag)
  }

  /// Who says the value of a flag: `--preset`, `--recipe keras-blog`, `--from`.
  func origin(_ flag: String, _ given: String?) -> String {
    if given != nil { return "--\(flag)" }
    if let recipe, recipe.values[flag] != nil { return "--recipe \(recipe.name)" }
    return "--from"
  }

  /// The values of a flag that may stand several times.
  func texts(_ flag: String, _ given: [String], default words: [String]) -> [String] {
    for words in [given, recipe?.values[flag] ?? [], earlier.texts(flag)] where !words.isEmpty {
      return words
    }
    return words
  }

  /// The name of the recipe; that of the earlier run has been spelled out there.
  var recipeName: String? { recipe?.name }
}

/// The flags of an earlier run, from its run.json.
struct EarlierRun {
  private let flags: JSONValue?

  init(_ path: String?, of verbs: [String]) throws(Failure) {
    guard let path else {
      flags = nil
      return
    }
    guard !path.isEmpty else {
      throw Failure(
        .usage, "--from \(path)", "names no file", try: "give the run.json of an earlier run")
    }
    let bytes = try InputList.contents(of: path)
    guard let document = JSONValue(parsing: bytes), let flags = document["flags"] else {
      throw Failure(.content, path, "is no run.json", try: "give the run.json of an earlier run")
    }
    if let verb = Self.verb(of: document), !verbs.isEmpty, !verbs.contains(verb) {
      throw Failure(
        .usage, "--from \(path)", "is of salient \(verb)",
        try: "give the run.json of \(verbs.joined(separator: " or "))")
    }
    self.flags = flags
  }

  /// The verb whose results a folder holds; nil where it holds none.
  static func verb(in folder: String) throws(Failure) -> String? {
    let path = "\(folder)/run.json"
    guard InputList.exists(path) else { return nil }
    return JSONValue(parsing: try InputList.contents(of: path)).flatMap { Self.verb(of: $0) }
  }

  private static func verb(of record: JSONValue) -> String? {
    record["command"]?.array?.dropFirst().first?.string
  }

  /// The value of a flag.
  func text(_ flag: String) -> String? { flags?[flag]?.string }

  /// The values of a flag that may stand several times.
  func texts(_ flag: String) -> [String] { (flags?[flag]?.array ?? []).compactMap(\.string) }
}
